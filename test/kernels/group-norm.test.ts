import { groupNormKernels } from '../../src/kernels/group-norm.ts';
import { testRows } from './run-row.ts';

testRows(groupNormKernels);
