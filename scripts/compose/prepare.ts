import { readConfig } from '../../server/config.ts';
import { migrate } from '../../server/db/migrate.ts';
import { seedDemo } from '../seed.ts';
import { ensureCertificate } from '../stack/certificate.ts';

/** What must be there before the containers start: runs once at each `up`, does only what is missing. */
const config = readConfig(process.env);
await ensureCertificate('/tls');
await migrate(config.DATABASE_URL, console.log);
if (config.DEMO) await seedDemo(config.DATABASE_URL, console.log);
