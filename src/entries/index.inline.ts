import { provideInlineModules } from './inline.ts';

provideInlineModules();

export * from '../index.ts';
