# What is read off the shipped topology, and off a small one with the cases that the shipped one has not.

variables {
  file       = "../../../topology/topology.json"
  pipeline   = "workflow"
  prefix     = "ordermill"
  region     = "eu-central-1"
  account_id = "123456789012"
  staff      = true
}

run "workflow" {
  assert {
    condition     = output.routes["POST /orders"].function == "start_workflow"
    error_message = "Orders are taken in by the state machine."
  }

  assert {
    condition     = join(" ", keys(output.workflows)) == "order-intake"
    error_message = "There is the one state machine."
  }

  assert {
    condition     = !strcontains(output.workflows["order-intake"].definition, "$${")
    error_message = "Every placeholder is filled in."
  }

  assert {
    condition = (
      jsondecode(output.workflows["order-intake"].definition).States.send_to_order_queue.Parameters.QueueUrl
      == "https://sqs.eu-central-1.amazonaws.com/123456789012/ordermill-order-queue"
    )
    error_message = "A queue is its URL."
  }

  assert {
    condition     = output.queues["order-queue"] == { function = "process_order", batch = 10, visibility_s = 180, max_receives = 5 }
    error_message = "A queue has its consumer, and batches of ten at most."
  }

  assert {
    condition     = join(" ", keys(output.streams)) == "orders-publish-order-event"
    error_message = "The stream has the one reader."
  }

  assert {
    condition     = contains(keys(output.subscriptions), "order-queue")
    error_message = "What is retried comes as an event."
  }
}

run "stream" {
  variables {
    pipeline = "stream"
  }

  assert {
    condition     = output.workflows == {}
    error_message = "Nobody starts the state machine."
  }

  assert {
    condition     = output.queues["order-queue"].function == "process_order" && !contains(keys(output.subscriptions), "order-queue")
    error_message = "What other pipelines sent is still taken, and nothing new comes to it."
  }

  assert {
    condition     = output.streams["orders-process-order"].outside && !output.streams["orders-publish-order-event"].outside
    error_message = "Who charges waits for the world."
  }

  assert {
    condition = [for pattern in output.streams["orders-process-order"].patterns : jsondecode(pattern)] == [
      { eventName = ["INSERT"], dynamodb = { NewImage = { status = { S = ["PENDING"] } } } },
      { eventName = ["MODIFY"], dynamodb = { NewImage = { status = { S = ["PENDING"] } }, OldImage = { status = { S = ["FAILED"] } } } },
    ]
    error_message = "A filter is of the record's images."
  }
}

run "nobody_can_sign_in" {
  variables {
    staff = false
  }

  assert {
    condition     = alltrue([for route in values(output.routes) : route.access != "staff"])
    error_message = "Without staff there is no route of theirs."
  }

  assert {
    condition     = !contains(keys(output.functions), "get_orders") && contains(keys(output.functions), "get_order_by_id")
    error_message = "Nor a function that only they could call."
  }
}

run "labels_of_nobody" {
  variables {
    labels = "none"
  }

  assert {
    condition     = !strcontains(jsonencode(output.functions), "rekognition")
    error_message = "What labels nothing asks for nothing."
  }
}

run "mail_and_payments_of_others" {
  variables {
    mail          = "ses"
    mail_identity = "example.org"
    payments      = "stripe"
    tracing       = true
  }

  assert {
    condition = contains(output.functions["send_email"].statements, {
      Effect   = "Allow", Action = tolist(["ses:SendEmail", "ses:SendRawEmail"])
      Resource = tolist(["arn:aws:ses:eu-central-1:123456789012:identity/example.org"])
    })
    error_message = "Mail goes through SES."
  }

  assert {
    condition     = !strcontains(jsonencode(output.functions["send_email"].statements), "s3:PutObject")
    error_message = "And is not stored."
  }

  assert {
    condition     = strcontains(jsonencode(output.functions["recognize_uploaded_image"].statements), "rekognition:DetectLabels")
    error_message = "Who looks at pictures may ask Rekognition."
  }

  assert {
    condition     = strcontains(jsonencode(output.functions["process_order"].statements), "parameter/ordermill/stripe-key")
    error_message = "Who charges reads the key."
  }

  assert {
    condition     = !strcontains(jsonencode(output.functions["get_products"].statements), "stripe-key")
    error_message = "And nobody else."
  }

  assert {
    condition     = alltrue([for function in values(output.functions) : strcontains(jsonencode(function.statements), "xray:PutTraceSegments")])
    error_message = "Who is traced may say so."
  }
}

run "every_shape" {
  variables {
    file     = "./tests/shapes.json"
    pipeline = "new"
    staff    = false
  }

  assert {
    condition     = join(" ", keys(output.functions)) == "keeper reader sorter"
    error_message = "What is local, or for staff alone, is left out; who was left behind is not."
  }

  assert {
    condition     = output.routes == { "GET /kept" = { access = "anyone", function = "sorter" } }
    error_message = "Of routes without triggers, those are here that a function of this pipeline answers, and not locally alone."
  }

  assert {
    condition     = output.queues["inbox"].function == "keeper"
    error_message = "The queue of the pipeline that was left is taken from."
  }

  assert {
    condition     = output.streams["items-reader"].patterns == [] && output.streams["items-reader"].batch == 100
    error_message = "Without a filter everything is read."
  }

  assert {
    condition     = output.buckets == { archive = 90 }
    error_message = "A bucket is there for who may use it."
  }

  assert {
    condition     = output.tables["items"].attributes == toset(["id", "seq", "ownerShard"])
    error_message = "Every key's attribute once, and no other."
  }

  assert {
    condition = contains(output.functions["keeper"].statements, {
      Effect   = "Allow", Action = tolist(["s3:PutObject"])
      Resource = tolist(["arn:aws:s3:::ordermill-123456789012-eu-central-1-archive/*"])
    })
    error_message = "A bucket is named after account and region."
  }

  assert {
    condition     = output.functions["sorter"].sends_back && !output.functions["keeper"].sends_back
    error_message = "Who sends to its own queue is known."
  }
}

run "no_such_pipeline" {
  command = plan

  variables {
    pipeline = "steam"
  }

  expect_failures = [var.pipeline]
}

run "a_name_that_is_taken" {
  command = plan

  variables {
    file     = "./tests/taken.json"
    pipeline = "new"
  }

  expect_failures = [output.queues, output.buckets, output.tables]
}
