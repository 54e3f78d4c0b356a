output "functions" {
  description = "Name to what the function is and may do. `scheduled`: a clock starts it, asynchronously. `sends_back`: to its own queue."
  value = {
    for name, functions in local.declarations : name => {
      caption   = functions[0].caption
      memory_mb = max([for function in functions : function.memory_mb]...)
      timeout_s = local.timeouts[name]
      scheduled = contains([for function in functions : function.trigger.kind], "schedule")
      sends_back = anytrue([
        for queue, consumer in local.consumers :
        consumer.function == name && contains(local.grants[name], { resource = queue, verb = "send" })
      ])
      statements = local.statements["function/${name}"]
    }
  }
}

output "routes" {
  description = "METHOD /path to the function that answers and who may call."
  value       = local.routes
}

output "queues" {
  description = "Queues that functions take messages from, those of streams' retries included."
  value       = local.queues

  precondition {
    condition     = length(setintersection(concat(keys(local.queues), keys(local.topology.queues)), ["dead-letters", "dead-messages"])) == 0
    error_message = "The queues dead-letters and dead-messages are there by themselves: call those of topology.json otherwise."
  }

  precondition {
    condition     = length(setintersection(keys(local.consumers), keys(local.streams))) == 0
    error_message = "A stream's reader has a queue for what it is to try again, called after table and function: call those of topology.json otherwise."
  }
}

output "letters" {
  description = "Functions that take dead letters, each with how many at once."
  value       = { for name, batch in local.letters : name => { batch = min(batch, 10), visibility_s = 6 * local.timeouts[name] } }
}

output "streams" {
  description = "Readers of streams, by the name of their retry queue. `outside` says that a record waits for the world."
  value       = local.streams
}

output "subscriptions" {
  description = "Queue to its topic and filter, null for everything."
  value       = local.subscriptions
}

output "topics" {
  description = "Topics in use."
  value       = local.topics
}

output "tables" {
  description = "Tables in use, with every attribute that a key needs."

  precondition {
    condition     = !contains(keys(local.topology.tables), "payments")
    error_message = "The table payments is there by itself: call that of topology.json otherwise."
  }

  value = {
    for name in local.tables : name => merge(local.topology.tables[name], {
      attributes = toset(compact(concat(
        [local.topology.tables[name].key, local.topology.tables[name].range],
        flatten([for index in values(local.topology.tables[name].indexes) : [index.key, index.range]]),
      )))
    })
  }
}

output "buckets" {
  description = "Buckets in use, each with days until an object is removed, or null."
  value       = { for name in local.granted.buckets : name => local.topology.buckets[name].expire_days }

  precondition {
    condition     = length(setintersection(keys(local.topology.buckets), ["code", "mail", "site", "stream-failures"])) == 0
    error_message = "The buckets code, mail, site and stream-failures are there by themselves: call those of topology.json otherwise."
  }
}

output "schedules" {
  description = "Function to the rate at which it runs."
  value       = { for name, function in local.own : name => function.trigger.source if function.trigger.kind == "schedule" }
}

output "workflows" {
  description = "State machines in use, with their definition and what they may do."
  value = {
    for name, definition in local.definitions : name => {
      definition = definition
      statements = local.statements["workflow/${name}"]
    }
  }
}
