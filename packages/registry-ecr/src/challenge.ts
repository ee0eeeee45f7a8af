/** What a registry answers to somebody it does not know. Pure. The same file serves registry-ecr and registry-oci. */

/**
 * Where a token is to be had, by the registry's challenge. Undefined for a place to which no password may go: it leaves this machine only over
 * TLS, unless the registry itself has none.
 */
export function realmOf(challenge: string, origin: string): URL | undefined {
  const parameters = new Map(
    [...challenge.matchAll(/(\w+)="([^"]*)"/gu)].map(([, key = "", value = ""]) => [key.toLowerCase(), value]),
  );
  const realm = URL.parse(parameters.get("realm") ?? "", origin);
  if (realm === null || (realm.protocol !== "https:" && !(realm.protocol === "http:" && origin.startsWith("http:"))))
    return undefined;
  const service = parameters.get("service");
  if (service !== undefined) realm.searchParams.set("service", service);
  return realm;
}
