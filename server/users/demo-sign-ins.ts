import type { Role } from './schema.ts';

/** The demo company's users; their passwords are no secret, and the seed refuses a database that has users already. */
export const demoSignIns: readonly { login: string; password: string; name: string; role: Role }[] = [
  { login: 'anna', password: 'demo', name: 'Анна Соколова', role: 'agent' },
  { login: 'boris', password: 'demo', name: 'Борис Ковалёв', role: 'agent' },
  { login: 'vera', password: 'demo', name: 'Вера Лебедева', role: 'agent' },
  { login: 'gleb', password: 'demo', name: 'Глеб Никитин', role: 'agent' },
  { login: 'darya', password: 'demo', name: 'Дарья Орлова', role: 'supervisor' },
  { login: 'admin', password: 'demo', name: 'Евгений Тарасов', role: 'administrator' },
];
