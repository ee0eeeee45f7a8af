// When a request is sent anew, and after how long. Which errors pass is the SDK's judgement (`errorType`).
import type { S3ClientConfig } from "@aws-sdk/client-s3";

type RetryStrategy = Extract<
  NonNullable<S3ClientConfig["retryStrategy"]>,
  { readonly acquireInitialRetryToken: unknown }
>;

/** With these pauses an operation outlasts a minute of throttling, or some ten seconds without a network. */
const mostAttempts = 10;
/** As long as nothing has ever been answered, a mistake in the address is likelier than a network that comes back. */
const mostFirstAttempts = 6;
const longestPause = 20_000;
const firstPause = { THROTTLING: 500, TRANSIENT: 50 } as const;

/**
 * Exponential backoff with full jitter. The SDK's own strategy also keeps a budget of retries for all requests of a client, and gives up
 * after the second attempt once it is spent: a hundred parallel writes that S3 asks to slow down would spend it within a second.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function patiently(random: () => number = Math.random): RetryStrategy {
  let answered = false;
  const token = (count: number, delay: number) => ({ getRetryCount: () => count, getRetryDelay: () => delay });
  return {
    acquireInitialRetryToken: () => Promise.resolve(token(0, 0)),
    refreshRetryTokenForRetry(before, { error, errorType, retryAfterHint }) {
      const count = before.getRetryCount() + 1;
      answered ||= error?.$metadata?.httpStatusCode !== undefined;
      const most = answered ? mostAttempts : mostFirstAttempts;
      if ((errorType !== "THROTTLING" && errorType !== "TRANSIENT") || count >= most)
        return Promise.reject(new Error("no further attempt"));
      const asked = retryAfterHint === undefined ? 0 : retryAfterHint.getTime() - Date.now();
      const pause = random() * Math.min(longestPause, firstPause[errorType] * 2 ** before.getRetryCount());
      return Promise.resolve(token(count, Math.min(longestPause, Math.max(asked, pause))));
    },
    recordSuccess: () => void (answered = true),
  };
}
