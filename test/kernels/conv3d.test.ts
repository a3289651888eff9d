import { conv3dKernels } from '../../src/kernels/conv3d.ts';
import { testRows } from './run-row.ts';

testRows(conv3dKernels);
