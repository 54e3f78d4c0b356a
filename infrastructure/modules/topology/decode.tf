# What topology.json says, and of that what runs in this pipeline on AWS.

locals {
  topology = jsondecode(file(var.file))
  declared = merge(local.topology.functions, local.topology.pipelines[var.pipeline].functions)

  # METHOD /path to who answers and who may call.
  routes = {
    for source, route in merge(local.triggered, local.beside) : source => route
    if route.access != "staff" || var.staff
  }
  triggered = {
    for name, function in local.declared : function.trigger.source => { function = name, access = function.trigger.access }
    if function.trigger.kind == "http" && function.trigger.where == "both"
  }
  beside = {
    for source, route in local.topology.routes : source => { function = route.function, access = route.access }
    if route.where == "both" && (route.function == null ? false : contains(keys(local.declared), route.function))
  }

  # A function that nobody could call is left out.
  answering = toset([for route in values(local.routes) : route.function])
  own = {
    for name, function in local.declared : name => function
    if function.trigger.where == "both" && (function.trigger.kind != "http" || contains(local.answering, name))
  }

  # Other pipelines' consumers of queues that nobody consumes here: what is under way when a pipeline is left, they finish.
  # Of their streams there is none: whoever changes the pipeline leaves records of a day at most, and their orders are swept.
  taken = toset([for function in values(local.own) : function.trigger.source if function.trigger.kind == "queue"])
  left_behind = {
    for queue, found in {
      for each_ in flatten([
        for pipeline in values(local.topology.pipelines) : [
          for name, function in pipeline.functions : { queue = function.trigger.source, name = name, function = function }
          if function.trigger.kind == "queue" && function.trigger.where == "both"
        ]
      ]) : each_.queue => each_... if !contains(local.taken, each_.queue)
    } : queue => found[0]
  }

  # Name to all that is declared of it: more than one where it is left behind too.
  declarations = {
    for name in toset(concat(keys(local.own), [for left in values(local.left_behind) : left.name])) : name => concat(
      [for own, function in local.own : function if own == name],
      [for left in values(local.left_behind) : left.function if left.name == name],
    )
  }

  grants = {
    for name, functions in local.declarations : name => distinct(flatten([
      for function in functions : [
        for resource, verbs in function.grants : [for verb in verbs : { resource = resource, verb = verb }]
      ]
    ]))
  }

  kinds = merge([
    for kind in ["tables", "queues", "topics", "buckets", "workflows", "services"] : {
      for name in keys(local.topology[kind]) : name => kind
    }
  ]...)

  # Kind to the names that some function is granted.
  granted = {
    for kind in ["tables", "queues", "topics", "buckets", "workflows"] : kind => toset(flatten([
      for grants in values(local.grants) : [for grant in grants : grant.resource if local.kinds[grant.resource] == kind]
    ]))
  }
}
