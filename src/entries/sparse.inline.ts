import { provideInlineModules } from './inline.ts';

provideInlineModules();

export * from '../sparse/index.ts';
