/**
 * The house's walls (docs/map.md). Paths are relative to the checkout.
 *
 * Pure files decide; they get clock, chance and data as arguments. "Impure" is whatever reaches outside: Node's own
 * modules, packages that open connections, and this house's files that do.
 */
const pure = [
  '^server/.+/(call|call-[a-z]+|agent|router|outcome|may-contact|rules|local-time|retry|answering-machine|phone|menu|walk|lead-import)[.]ts$',
  '^dialer/(pacing|retry)[.]ts$',
  '^server/.+/schema[.]ts$',
  '^server/basics/(?!log[.]ts$)[^/]+[.]ts$',
];
const outside = [
  '(^|/)node_modules/(pg|pg-[a-z-]+|ioredis|bullmq|express|express-session|ws|socket[.]io|socket[.]io-client|pino|busboy|helmet|@node-rs)/',
];
const doors = '/(store|routes|live|jobs)[.]ts$';
/** Folders of server/ that are features; the rest (basics, db, http, bus, asterisk) is what they stand on. */
const base = 'basics|db|http|bus|asterisk';

module.exports = {
  forbidden: [
    {
      name: 'pure-files-touch-nothing',
      comment: 'A pure file may import no Node module: no clock, no chance, no files, no process.',
      severity: 'error',
      from: { path: pure },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'pure-files-open-nothing',
      comment: 'A pure file may import no package that opens connections.',
      severity: 'error',
      from: { path: pure },
      to: { path: outside, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'pure-files-use-no-doors',
      comment: 'A pure file may not import SQL, HTTP, sockets, jobs, configuration or the log.',
      severity: 'error',
      from: { path: pure },
      to: {
        path: [doors, '^server/(config|main|basics/log)[.]ts$', '^server/(db|http|asterisk)/'],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'pages-take-only-shapes',
      comment: "The browser gets the server's schemas and pure basics, nothing that runs on the server.",
      severity: 'error',
      from: { path: '^agent-ui/' },
      to: {
        path: '^(server|dialer|scripts)/',
        pathNot: ['/schema[.]ts$', '^server/basics/(?!log[.]ts$)[^/]+[.]ts$', '^server/calls/outcome[.]ts$'],
      },
    },
    {
      name: 'server-knows-no-pages',
      severity: 'error',
      from: { path: '^(server|dialer)/' },
      to: { path: '^(agent-ui|scripts|tests)/' },
    },
    {
      name: 'no-circles',
      comment: 'No file reaches itself. Types may point both ways inside one feature.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'features-keep-their-doors',
      comment: "A feature may use another's decisions, shapes and store, never its HTTP, socket or job side.",
      severity: 'error',
      from: { path: `^server/(?!(?:${base})/)([^/]+)/` },
      to: { path: '^server/([^/]+)/(routes|live|jobs)[.]ts$', pathNot: '^server/$1/' },
    },
    {
      name: 'base-knows-no-feature',
      comment: 'What features stand on does not import them; asterisk/ implements ports that calls/ owns.',
      severity: 'error',
      from: { path: '^server/(basics|db|http|bus)/' },
      to: {
        path: `^server/(?!(?:${base})/)[^/]+/`,
        pathNot: ['/schema[.]ts$'],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'only-asterisk-speaks-to-the-exchange',
      comment: 'ARI and AMI are spoken in server/asterisk alone.',
      severity: 'error',
      from: { path: '^(server|dialer)/', pathNot: '^server/asterisk/' },
      to: { path: ['^(node:)?(net|tls|dgram)$', '(^|/)node_modules/ws/'] },
    },
    {
      name: 'not-installed',
      comment: 'Every import leads somewhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['^agent-ui/dist/', '[.]css$', '^virtual:', 'agent-ui/src/.*/locales/'] },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.cjs', '.json', '.d.ts'],
    },
  },
};
