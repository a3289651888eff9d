import { provideWorkerdModules } from './workerd.ts';

provideWorkerdModules();

export * from '../index.ts';
