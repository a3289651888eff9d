import { resizeKernels } from '../../src/kernels/resize.ts';
import { testRows } from './run-row.ts';

testRows(resizeKernels);
