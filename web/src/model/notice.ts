/** What must be said of the pictures that are others'. */

export const ICON_NOTICE = {
  what: "AWS Architecture Icons",
  owner:
    "© Amazon Web Services, Inc. or its affiliates. AWS and its service names are trademarks of Amazon.com, Inc. or its affiliates.",
  use: "Shown unchanged, to say which AWS service a part of this system is deployed to. AWS neither made nor endorses Ordermill.",
  terms: "https://aws.amazon.com/architecture/icons/",
  package: "aws-icons 3.3.0, © 2023 Mohammad Abu Mattar, MIT license",
} as const;
