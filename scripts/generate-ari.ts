/**
 * Writes server/asterisk/ari-model.generated.ts from the API description that a running Asterisk serves
 * (GET /ari/api-docs/*.json, Swagger 1.1): every event as a discriminated union, the operations that the adapter
 * uses, and the models these need.
 *
 * Use: ASTERISK_ARI_URL=http://127.0.0.1:8088/ari ASTERISK_ARI_USER=… ASTERISK_ARI_PASSWORD=… node scripts/generate-ari.ts
 */
import { writeFileSync } from 'node:fs';
import { z } from 'zod';

/** The operations that the adapter uses; add a name (resource.nickname) here and run again. */
const usedOperations = [
  'applications.filter',
  'asterisk.deleteObject',
  'asterisk.ping',
  'asterisk.setGlobalVar',
  'asterisk.updateObject',
  'bridges.addChannel',
  'bridges.createWithId',
  'bridges.destroy',
  'bridges.get',
  'bridges.list',
  'bridges.record',
  'bridges.removeChannel',
  'channels.answer',
  'channels.get',
  'channels.hangup',
  'channels.list',
  'channels.originate',
  'channels.playWithId',
  'channels.record',
  'channels.ring',
  'channels.ringStop',
  'channels.sendDTMF',
  'channels.setChannelVar',
  'channels.snoopChannelWithId',
  'channels.startMoh',
  'channels.stopMoh',
  'endpoints.listByTech',
  'playbacks.get',
  'playbacks.stop',
];
const resources = [
  'applications',
  'asterisk',
  'bridges',
  'channels',
  'deviceStates',
  'endpoints',
  'events',
  'playbacks',
  'recordings',
];

const propertySchema = z.object({
  type: z.string(),
  required: z.boolean().optional(),
  description: z.string().optional(),
  allowableValues: z.object({ valueType: z.string(), values: z.array(z.string()).optional() }).optional(),
});
const modelSchema = z.object({
  id: z.string(),
  extends: z.string().optional(),
  subTypes: z.array(z.string()).optional(),
  properties: z.record(z.string(), propertySchema),
});
const parameterSchema = z.object({
  name: z.string(),
  paramType: z.enum(['path', 'query', 'body']),
  required: z.boolean().optional(),
  allowMultiple: z.boolean().optional(),
  dataType: z.string(),
  allowableValues: propertySchema.shape.allowableValues,
});
const operationSchema = z.object({
  httpMethod: z.string(),
  nickname: z.string(),
  responseClass: z.string(),
  parameters: z.array(parameterSchema).default([]),
});
const resourceSchema = z.object({
  apis: z.array(z.object({ path: z.string(), operations: z.array(operationSchema) })),
  models: z.record(z.string(), modelSchema).default({}),
});
type Model = z.infer<typeof modelSchema>;
type Property = z.infer<typeof propertySchema>;

const env = z
  .object({
    ASTERISK_ARI_URL: z.url(),
    ASTERISK_ARI_USER: z.string().min(1),
    ASTERISK_ARI_PASSWORD: z.string().min(1),
  })
  .parse(process.env);

async function readDescription(resource: string): Promise<z.infer<typeof resourceSchema>> {
  const authorization = `Basic ${Buffer.from(`${env.ASTERISK_ARI_USER}:${env.ASTERISK_ARI_PASSWORD}`).toString('base64')}`;
  const response = await fetch(`${env.ASTERISK_ARI_URL}/api-docs/${resource}.json`, {
    headers: { authorization },
  });
  if (!response.ok) throw new Error(`${resource}: HTTP ${response.status}`);
  return resourceSchema.parse(await response.json());
}

const plain: Record<string, string> = {
  string: 'string',
  int: 'number',
  long: 'number',
  double: 'number',
  boolean: 'boolean',
  Date: 'string',
  object: 'Record<string, unknown>',
  containers: 'Record<string, unknown>',
  binary: 'string',
  void: 'void',
};

/** TypeScript for a Swagger type; names of models that are met go into `needed`. */
function typeOf(type: string, needed: Set<string>, values?: readonly string[]): string {
  const list = /^List\[(\w+)\]$/.exec(type)?.[1];
  if (list) return `readonly ${typeOf(list, needed)}[]`;
  if (values && type === 'string') return values.map((v) => `'${v}'`).join(' | ');
  const known = plain[type];
  if (known) return known;
  needed.add(type);
  return type;
}

const models = new Map<string, Model>();
const described = new Map<string, z.infer<typeof resourceSchema>>();
for (const resource of resources) {
  const description = await readDescription(resource);
  described.set(resource, description);
  for (const model of Object.values(description.models)) models.set(model.id, model);
}

/** A model's own and inherited properties. */
function propertiesOf(model: Model): [string, Property][] {
  const parent = [...models.values()].find((m) => m.id === model.extends || m.subTypes?.includes(model.id));
  return [...(parent ? propertiesOf(parent) : []), ...Object.entries(model.properties)];
}

function interfaceOf(id: string, needed: Set<string>, type?: string): string {
  const model = models.get(id);
  if (!model) throw new Error(`no model ${id}`);
  const lines = propertiesOf(model)
    .filter(([name]) => name !== 'type' || type === undefined)
    .map(
      ([name, p]) =>
        `  readonly ${name}${p.required ? '' : '?'}: ${typeOf(p.type, needed, p.allowableValues?.values)};`,
    );
  if (type !== undefined) lines.unshift(`  readonly type: '${type}';`);
  return `export interface ${id} {\n${lines.join('\n')}\n}`;
}

const needed = new Set<string>();
const operationTypes: string[] = [];
const operationRoutes: string[] = [];
for (const name of usedOperations) {
  const [resource = '', nickname = ''] = name.split('.');
  const found = described
    .get(resource)
    ?.apis.flatMap((api) =>
      api.operations.filter((o) => o.nickname === nickname).map((o) => ({ path: api.path, ...o })),
    )[0];
  if (!found) throw new Error(`Asterisk describes no ${name}`);
  const inputs = found.parameters.map((p) => {
    const values = p.allowMultiple ? undefined : p.allowableValues?.values;
    const type = p.paramType === 'body' ? 'unknown' : typeOf(p.dataType, needed, values);
    return `    readonly ${p.name}${p.required || p.paramType === 'path' ? '' : '?'}: ${type};`;
  });
  operationTypes.push(
    `  '${name}': {\n   input: {\n${inputs.join('\n')}\n   };\n   result: ${typeOf(found.responseClass, needed)};\n  };`,
  );
  const body = found.parameters.find((p) => p.paramType === 'body');
  // A body of type `object` is the whole JSON text; `containers` stand in it under their own name.
  const bodyText = body ? `, body: '${body.name}', wrapped: ${body.dataType === 'containers'}` : '';
  operationRoutes.push(
    `  '${name}': { method: '${found.httpMethod}', path: '${found.path.slice(1)}'${bodyText} },`,
  );
}

const events = [...new Set([...models.values()].flatMap((m) => (m.id === 'Event' ? (m.subTypes ?? []) : [])))]
  .filter((id) => models.has(id))
  .sort();
const eventTexts = events.map((id) => interfaceOf(id, needed, id));
const modelTexts: string[] = [];
const written = new Set<string>(events);
for (let left = [...needed]; left.length > 0; left = [...needed].filter((id) => !written.has(id))) {
  for (const id of left) {
    if (!written.has(id)) modelTexts.push(interfaceOf(id, needed));
    written.add(id);
  }
}

const target = new URL('../server/asterisk/ari-model.generated.ts', import.meta.url).pathname;
writeFileSync(
  target,
  `// Made by scripts/generate-ari.ts from the API description of a running Asterisk. Do not edit.

${modelTexts.join('\n\n')}

${eventTexts.join('\n\n')}

export type AriEvent =
${events.map((id) => `  | ${id}`).join('\n')};

/** Inputs (path, query and body by name) and results of the operations in use. */
export interface AriOperations {
${operationTypes.join('\n')}
}

/** Where an operation goes; \`body\` names the input that travels as the message's body, \`wrapped\` in its own name. */
export const ariRoutes: {
  readonly [name in keyof AriOperations]: { readonly method: string; readonly path: string; readonly body?: string; readonly wrapped?: boolean };
} = {
${operationRoutes.join('\n')}
};
`,
);
console.log(`${events.length} events, ${usedOperations.length} operations -> ${target}`);
