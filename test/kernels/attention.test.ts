import { attentionKernels } from '../../src/kernels/attention.ts';
import { testRows } from './run-row.ts';

testRows(attentionKernels);
