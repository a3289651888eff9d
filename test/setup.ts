/** Tests meet any op: what sessions load when a model needs it is there from the start. */
import { loadEverything } from '../src/runtime/everything.ts';

loadEverything();
