// The simulators of AWS for the tests that need one: one that lets everybody in, one that enforces IAM.
import { describe } from "vitest";

const continuous = process.env["CI"] === "true" || process.env["CI"] === "1";

/** Lets every request in. */
export const endpoint = process.env["ZENLITE_TEST_AWS_ENDPOINT"] ?? "";
/** Checks signatures and policies. */
export const iamEndpoint = process.env["ZENLITE_TEST_AWS_IAM_ENDPOINT"] ?? "";

/** In continuous integration nothing is skipped: without simulators these tests fail. */
export const onAws = describe.skipIf((endpoint === "" || iamEndpoint === "") && !continuous);

export const region = "eu-central-1";
/** The simulator's only account. */
export const account = "123456789012";

export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}
