import { ensureEnvFile } from './compose/env-file.ts';
import { repo } from './stack/places.ts';

/** `npm run compose:env [-- --demo]`: writes .env for docker-compose.yml. Run again, it only adds what is missing. */
const demo = process.argv.includes('--demo');
await ensureEnvFile(`${repo}/.env`, {
  DOZVON_HTTPS_PORT: '8443',
  DOZVON_WSS_PORT: '8444',
  DOZVON_SUBNET: '172.31.77',
  ...(demo ? { DEMO: '1', COMPOSE_PROFILES: 'demo' } : {}),
});
console.log('.env is there. Next: docker compose up -d --build');
if (!demo) console.log('Name your carrier in it: DOZVON_TRUNK_HOST=… (docs/operations.md).');
