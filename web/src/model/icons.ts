/** Pictures of resources: AWS's architecture icons, as the package `aws-icons` has them, never changed. */

import apiGateway from "aws-icons/icons/architecture-service/AmazonAPIGateway.svg?url";
import cloudWatch from "aws-icons/icons/architecture-service/AmazonCloudWatch.svg?url";
import dynamoDb from "aws-icons/icons/architecture-service/AmazonDynamoDB.svg?url";
import rekognition from "aws-icons/icons/architecture-service/AmazonRekognition.svg?url";
import email from "aws-icons/icons/architecture-service/AmazonSimpleEmailService.svg?url";
import notification from "aws-icons/icons/architecture-service/AmazonSimpleNotificationService.svg?url";
import queue from "aws-icons/icons/architecture-service/AmazonSimpleQueueService.svg?url";
import storage from "aws-icons/icons/architecture-service/AmazonSimpleStorageService.svg?url";
import lambda from "aws-icons/icons/architecture-service/AWSLambda.svg?url";
import secrets from "aws-icons/icons/architecture-service/AWSSecretsManager.svg?url";
import stepFunctions from "aws-icons/icons/architecture-service/AWSStepFunctions.svg?url";
import client from "aws-icons/icons/resource/Client.svg?url";
import document from "aws-icons/icons/resource/Document.svg?url";
import application from "aws-icons/icons/resource/GenericApplication.svg?url";
import internet from "aws-icons/icons/resource/Internet.svg?url";
import multimedia from "aws-icons/icons/resource/Multimedia.svg?url";
import type { NodeKind } from "./types";

const KINDS: Record<NodeKind, string> = {
  form: client,
  api: apiGateway,
  function: lambda,
  queue,
  table: dynamoDb,
  topic: notification,
  bucket: storage,
  workflow: stepFunctions,
  service: application,
  letters: queue,
  logs: cloudWatch,
};

/** Services are told apart by what they are on AWS; those that are not of AWS have a general picture. */
const SERVICES: Readonly<Record<string, string>> = {
  mail: email,
  "mail-files": storage,
  labels: rekognition,
  tokens: secrets,
  messages: queue,
  webhooks: internet,
  pdf: document,
  pictures: multimedia,
};

/** What a kind of node is, in words. */
export const KIND_NAMES: Record<NodeKind, string> = {
  form: "Web form",
  api: "API",
  function: "Function",
  queue: "Queue",
  table: "Table",
  topic: "Topic",
  bucket: "Bucket",
  workflow: "Workflow",
  service: "Service",
  letters: "Dead letters",
  logs: "Logs and metrics",
};

/** The address of a node's icon. */
export const iconOf = (node: { kind: NodeKind; id: string }): string =>
  (node.kind === "service" ? SERVICES[node.id] : undefined) ?? KINDS[node.kind];
