/** Clients of AWS that share one connector's credentials, and ask for new ones once where AWS calls them expired. */
import { untilAborted } from "./abort.ts";
import { type Asked, explainAws, isExpired } from "./aws-error.ts";
import { type ConnectorConfig } from "./config.ts";
import { type Keys, type Provider, profileOf } from "./credentials.ts";

interface ClientOptions {
  readonly credentials: Provider;
  readonly region?: string;
  readonly profile?: string;
  readonly endpoint?: string;
  readonly requestHandler: { readonly connectionTimeout: number; readonly requestTimeout: number };
}

/** What every client of the SDK has. */
interface Client {
  readonly config: { credentials(options: { readonly forceRefresh: true }): Promise<Keys> };
}

export interface Session {
  /** For the constructor of any client. */
  readonly options: ClientOptions;
  /** Throws ZenliteErrors. `request` is called a second time with new credentials where AWS calls the first ones expired. */
  ask<Answer>(client: Client, asked: Asked, request: () => Promise<Answer>, signal: AbortSignal): Promise<Answer>;
}

/** A firewall that swallows packets would keep people waiting for minutes. */
const requestHandler = { connectionTimeout: 5_000, requestTimeout: 60_000 };

export function openSession(config: ConnectorConfig, credentials: Provider): Session {
  const { region, endpoint } = config;
  const profile = profileOf(config);
  const options = {
    credentials,
    requestHandler,
    ...(region === undefined ? {} : { region }),
    // Only for the profile's region and endpoint: the credentials are given.
    ...(profile === undefined ? {} : { profile }),
    ...(endpoint === undefined ? {} : { endpoint }),
  };
  return {
    options,
    async ask(client, asked, request, signal) {
      try {
        try {
          // Asked for first: who has neither credentials nor a region is told of the credentials.
          await untilAborted(credentials(), signal);
          return await request();
        } catch (error) {
          if (!isExpired(error)) throw error;
          await client.config.credentials({ forceRefresh: true });
          return await request();
        }
      } catch (error) {
        signal.throwIfAborted();
        throw explainAws(error, { profile, ...asked });
      }
    },
  };
}
