import { provideWorkerdModules } from './workerd.ts';

provideWorkerdModules();

export * from '../train/index.ts';
