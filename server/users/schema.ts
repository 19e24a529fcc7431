import { z } from 'zod';

export const roles = ['agent', 'supervisor', 'administrator'] as const;
export type Role = (typeof roles)[number];

export const signInSchema = z.object({
  login: z.string().trim().min(1).max(64),
  password: z.string().min(1).max(256),
});

export const meSchema = z.object({
  id: z.number(),
  login: z.string(),
  name: z.string(),
  role: z.enum(roles),
  demo: z.boolean(),
  /** Highest time the server saw, for clocks that are wrong. */
  serverTime: z.iso.datetime(),
});
export type Me = z.infer<typeof meSchema>;

/** Short-lived SIP credentials for this browser's softphone. */
export const phoneCredentialsSchema = z.object({
  sipUri: z.string(),
  sipUser: z.string(),
  password: z.string(),
  websocketUrl: z.string(),
  expiresAt: z.iso.datetime(),
  iceServers: z.array(
    z.object({ urls: z.string(), username: z.string().optional(), credential: z.string().optional() }),
  ),
});
export type PhoneCredentials = z.infer<typeof phoneCredentialsSchema>;
