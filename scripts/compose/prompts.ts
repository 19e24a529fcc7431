import { makePrompts } from '../stack/prompts.ts';

/** While the image is built: speaks the prompts into the given folder. */
const [promptsDir] = process.argv.slice(2);
if (!promptsDir) throw new Error('Which folder?');
await makePrompts({ root: '/', promptsDir, log: console.log });
