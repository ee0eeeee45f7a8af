import { CreateRepositoryCommand, ECRClient } from "@aws-sdk/client-ecr";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateStateMachineCommand, SFNClient } from "@aws-sdk/client-sfn";
import { randomUUID } from "node:crypto";
import { serviceConnectorSuite } from "@zenlite/conformance";
import { beforeAll, test } from "vitest";
import { account, endpoint, onAws, region } from "./aws-here.ts";
import { inEmptyHome, openConnector } from "./bench.ts";

const keys = { accessKeyId: "AKIAPLANTEDKEYID0001", secretAccessKey: "planted/secret" };
const roleArn = `arn:aws:iam::${account}:role/zenlite`;

inEmptyHome();

onAws("a connector", () => {
  beforeAll(async () => {
    // The SDK writes into what it is given.
    const options = { endpoint, region, credentials: { ...keys }, forcePathStyle: true };
    const name = `conformance-${randomUUID()}`;
    const CreateBucketConfiguration = { LocationConstraint: region } as const;
    await new S3Client(options).send(new CreateBucketCommand({ Bucket: name, CreateBucketConfiguration }));
    await new ECRClient(options).send(new CreateRepositoryCommand({ repositoryName: name }));
    const definition = JSON.stringify({ StartAt: "a", States: { a: { Type: "Succeed" } } });
    await new SFNClient(options).send(new CreateStateMachineCommand({ name, definition, roleArn }));
  });
  serviceConnectorSuite({
    test,
    open: () => openConnector({ authMethod: "iam-role", roleArn, ...keys, endpoint }),
    kinds: ["s3-bucket", "ecr-repository", "state-machine"],
    credentials: ["aws"],
  });
});
