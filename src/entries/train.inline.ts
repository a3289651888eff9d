import { provideInlineModules } from './inline.ts';

provideInlineModules();

export * from '../train/index.ts';
