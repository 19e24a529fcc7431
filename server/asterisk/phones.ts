import { ExchangeError, type PhoneRegistry } from '../calls/exchange.ts';
import type { AmiClient, AmiMessage } from './ami.ts';
import type { AriClient } from './ari.ts';

const sipUserShape = /^[A-Za-z0-9_-]{1,40}$/;

/** Refuses a SIP user name that could mean something else in a dial string or a queue's interface. */
export function checkedSipUser(sipUser: string): string {
  if (!sipUserShape.test(sipUser)) throw new ExchangeError('refused', 'not a SIP user name');
  return sipUser;
}

/** What a browser's softphone needs of an endpoint; the list is proved in asterisk/README.md. */
function endpointFields(sipUser: string): Record<string, string> {
  return {
    transport: 'transport-wss',
    context: 'from-agent',
    disallow: 'all',
    // µ-law first, as the telephone network speaks it: anything else only costs. With Opus first Asterisk takes a leg for Opus until
    // its first packet, and a customer joined before it was resampled to 48 kHz and back for the rest of the talk.
    allow: 'ulaw,opus',
    webrtc: 'yes',
    dtls_auto_generate_cert: 'yes',
    direct_media: 'no',
    rewrite_contact: 'yes',
    rtp_symmetric: 'yes',
    force_rport: 'yes',
    dtmf_mode: 'rfc4733',
    identify_by: 'username',
    // The fallback queue does not ring an agent who talks.
    device_state_busy_at: '1',
    aors: sipUser,
    auth: sipUser,
  };
}

/** A browser that dies without a word is gone after two minutes, or after what it asked for, ten at most. */
const aorFields = {
  max_contacts: '1',
  remove_existing: 'yes',
  minimum_expiration: '30',
  default_expiration: '120',
  maximum_expiration: '600',
};

/** Softphones' credentials, pushed into the exchange's own configuration store, where they outlive its restart. */
export function makePhoneRegistry(ari: AriClient, watch: PhoneWatch): PhoneRegistry {
  const put = (objectType: string, id: string, values: Record<string, string>) =>
    ari.order('asterisk.updateObject', {
      configClass: 'res_pjsip',
      objectType,
      id,
      fields: Object.entries(values).map(([attribute, value]) => ({ attribute, value })),
    });
  const remove = (objectType: string, id: string) =>
    ari.order('asterisk.deleteObject', { configClass: 'res_pjsip', objectType, id }).catch((error) => {
      if (!(error instanceof ExchangeError && error.kind === 'gone')) throw error;
    });
  return {
    async issue({ sipUser, password }) {
      const id = checkedSipUser(sipUser);
      await put('auth', id, { auth_type: 'digest', username: id, password });
      await put('aor', id, aorFields);
      await put('endpoint', id, endpointFields(id));
    },
    async withdraw(sipUser) {
      const id = checkedSipUser(sipUser);
      for (const objectType of ['endpoint', 'aor', 'auth']) await remove(objectType, id);
      watch.forget(id);
    },
  };
}

/**
 * Which softphones are registered, by SIP user. AMI alone says so: `ContactStatus` events, and `PJSIPShowContacts` after a
 * gap, whose differences are told as if events had come.
 *
 * A softphone has its contacts' addresses, not a yes or no: a refreshed browser registers anew first, and only then is its
 * old contact removed (seen on Asterisk 22). Every new address is told as online, for it is a browser without legs.
 */
export class PhoneWatch {
  static readonly wantedEvents = ['ContactStatus'];
  private readonly contacts = new Map<string, Set<string>>();
  private readonly isPhone: (sipUser: string) => boolean;
  private readonly tell: (sipUser: string, online: boolean) => void;

  constructor(isPhone: (sipUser: string) => boolean, tell: (sipUser: string, online: boolean) => void) {
    this.isPhone = isPhone;
    this.tell = tell;
  }

  online(): string[] {
    return [...this.contacts.keys()];
  }

  heard({ AOR: sipUser = '', URI: uri = '', ContactStatus: status = '' }: AmiMessage): void {
    if (isThere(status)) this.add(sipUser, uri);
    else this.remove(sipUser, uri);
  }

  /** Reads the whole truth; for after every AMI sign-in. */
  async read(ami: AmiClient): Promise<void> {
    const found = (await ami.list('PJSIPShowContacts', {}))
      .filter((contact) => isThere(contact.Status ?? ''))
      .map((contact) => ({ sipUser: contact.Endpoint ?? '', uri: contact.Uri ?? '' }));
    for (const [sipUser, uris] of this.contacts) {
      for (const uri of uris) {
        if (!found.some((c) => c.sipUser === sipUser && c.uri === uri)) this.remove(sipUser, uri);
      }
    }
    for (const { sipUser, uri } of found) this.add(sipUser, uri);
  }

  /** Asterisk says nothing about the contacts of a softphone that it no longer knows. */
  forget(sipUser: string): void {
    if (this.contacts.delete(sipUser)) this.tell(sipUser, false);
  }

  private add(sipUser: string, uri: string): void {
    const uris = this.contacts.get(sipUser) ?? new Set();
    if (!this.isPhone(sipUser) || uris.has(uri)) return;
    this.contacts.set(sipUser, uris.add(uri));
    this.tell(sipUser, true);
  }

  private remove(sipUser: string, uri: string): void {
    const uris = this.contacts.get(sipUser);
    if (uris?.delete(uri) && uris.size === 0) this.forget(sipUser);
  }
}

/** Statuses are NonQualified, Created, Updated, Reachable, Unreachable, Removed, Unknown. */
function isThere(status: string): boolean {
  return status !== 'Removed' && status !== 'Unreachable';
}
