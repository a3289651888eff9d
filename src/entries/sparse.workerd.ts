import { provideWorkerdModules } from './workerd.ts';

provideWorkerdModules();

export * from '../sparse/index.ts';
