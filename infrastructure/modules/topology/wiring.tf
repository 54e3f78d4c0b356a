# What leads from what to what.

locals {
  consumers = merge(
    {
      for name, function in local.own : function.trigger.source => { function = name, batch = function.trigger.batch, left = false }
      if function.trigger.kind == "queue"
    },
    {
      for queue, left in local.left_behind : queue => {
        function = left.name, batch = left.function.trigger.batch, left = true
      }
    },
  )

  letters = {
    for name, function in local.own : name => function.trigger.batch if function.trigger.kind == "dead_letters"
  }

  streams = {
    for name, function in local.own : "${function.trigger.source}-${replace(name, "_", "-")}" => {
      function = name
      table    = function.trigger.source
      outside  = length(setintersection(keys(function.grants), local.actions.outside)) > 0
      batch    = function.trigger.batch
      patterns = [
        for pattern in flatten([function.trigger.filter]) : jsonencode(merge(
          { for event in try([pattern.event], []) : "eventName" => event },
          {
            for part, images in {
              dynamodb = merge(
                { for wanted in try([pattern.new], []) : "NewImage" => { for name, values in wanted : name => { S = values } } },
                { for wanted in try([pattern.old], []) : "OldImage" => { for name, values in wanted : name => { S = values } } },
              )
            } : part => images if length(images) > 0
          },
        )) if pattern != null
      ]
    } if function.trigger.kind == "stream"
  }

  timeouts = { for name, functions in local.declarations : name => max([for function in functions : function.timeout_s]...) }

  # Every queue that a function takes messages from, but for the dead letters.
  queues = merge(
    {
      for queue, consumer in local.consumers : queue => {
        function     = consumer.function
        batch        = min(consumer.batch, 10)
        visibility_s = local.topology.queues[queue].visibility_s
        max_receives = local.topology.queues[queue].max_receives
      }
    },
    {
      for queue, stream in local.streams : queue => {
        function     = stream.function
        batch        = min(stream.batch, 10)
        visibility_s = 6 * local.timeouts[stream.function]
        max_receives = 5
      }
    },
  )

  subscriptions = {
    for queue, consumer in local.consumers : queue => {
      topic  = local.topology.queues[queue].subscribes.topic
      filter = local.topology.queues[queue].subscribes.filter
    } if !consumer.left && local.topology.queues[queue].subscribes != null
  }

  workflow_names = setunion(
    local.granted.workflows,
    [for function in values(local.own) : function.trigger.source if function.trigger.kind == "workflow"],
  )

  # A definition, cut at each "$${": the text before, then pieces that begin with a name and "}".
  pieces = {
    for name in local.workflow_names : name => split(
      "$${", file("${dirname(var.file)}/${local.topology.workflows[name].definition}")
    )
  }
  placeholders = {
    for name, pieces in local.pieces : name => toset([for piece in slice(pieces, 1, length(pieces)) : split("}", piece)[0]])
  }
  addresses = merge(
    { for name in keys(local.declarations) : name => "arn:aws:lambda:${var.region}:${var.account_id}:function:${var.prefix}-${name}" },
    { for name in keys(local.queues) : name => "https://sqs.${var.region}.amazonaws.com/${var.account_id}/${var.prefix}-${name}" },
    { for name in local.topics : name => "arn:aws:sns:${var.region}:${var.account_id}:${var.prefix}-${name}" },
  )
  definitions = {
    for name, pieces in local.pieces : name => join("", concat([pieces[0]], [
      for piece in slice(pieces, 1, length(pieces)) :
      "${local.addresses[split("}", piece)[0]]}${join("}", slice(split("}", piece), 1, length(split("}", piece))))}"
    ]))
  }

  topics = setunion(
    local.granted.topics,
    [for subscription in values(local.subscriptions) : subscription.topic],
    flatten([
      for names in values(local.placeholders) : [for name in names : name if try(local.kinds[name], "") == "topics"]
    ]),
  )
  tables = setunion(local.granted.tables, [for stream in values(local.streams) : stream.table])
}
