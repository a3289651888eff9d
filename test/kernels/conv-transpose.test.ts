import { convTransposeKernels } from '../../src/kernels/conv-transpose.ts';
import { testRows } from './run-row.ts';

testRows(convTransposeKernels);
