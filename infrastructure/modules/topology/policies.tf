# Who may do what: actions.json says what a trigger and a verb mean, and here that is said of names.

locals {
  actions = jsondecode(file("${path.module}/actions.json"))
  facts   = ["mail=${var.mail}", "payments=${var.payments}", "labels=${var.labels}", "tracing=${var.tracing}"]

  # Every meaning under one key, each as pairs of an action and the pattern of a resource.
  meanings = {
    for key, statements in merge(
      { "everywhere" = local.actions.everywhere },
      { for kind, statements in local.actions.triggers : "triggers/${kind}" => statements },
      { for kind, statements in local.actions.tasks : "tasks/${kind}" => statements },
      merge([for kind, verbs in local.actions.verbs : { for verb, statements in verbs : "${kind}/${verb}" => statements }]...),
      merge([for name, verbs in local.actions.services : { for verb, statements in verbs : "services/${name}/${verb}" => statements }]...),
      merge([for name, verbs in local.actions.resources : { for verb, statements in verbs : "resources/${name}/${verb}" => statements }]...),
      ) : key => flatten([
        for statement in statements : [
          for action in statement.actions : [for resource in statement.resources : { action = action, resource = resource }]
        ] if statement.when == null ? true : contains(local.facts, statement.when)
    ])
  }

  # Name of a function to the meanings that apply to it, each with what {name} stands for.
  applying = {
    for function, declarations in local.declarations : function => concat(
      [{ key = "everywhere", name = function }],
      [for each_ in declarations : { key = "triggers/${each_.trigger.kind}", name = each_.trigger.source }],
      [
        for each_ in declarations : { key = "triggers/http_order", name = each_.trigger.source }
        if each_.trigger.kind == "http" && strcontains(each_.trigger.source, "{orderId}")
      ],
      [
        for grant in local.grants[function] : {
          key  = local.kinds[grant.resource] == "services" ? "services/${grant.resource}/${grant.verb}" : "${local.kinds[grant.resource]}/${grant.verb}"
          name = grant.resource
        }
      ],
      [
        for grant in local.grants[function] : { key = "resources/${grant.resource}/${grant.verb}", name = grant.resource }
        if contains(keys(local.meanings), "resources/${grant.resource}/${grant.verb}")
      ],
    )
  }

  tasks = {
    for workflow, names in local.placeholders : workflow => [
      for name in names : { key = "tasks/${contains(keys(local.declarations), name) ? "functions" : local.kinds[name]}", name = name }
    ]
  }

  # The same with names in place of patterns. A pattern with {index}, {source} or {consumed} stands for one resource each.
  permitted = {
    for who, applying in merge(
      { for function, applying in local.applying : "function/${function}" => applying },
      { for workflow, applying in local.tasks : "workflow/${workflow}" => applying },
      ) : who => distinct(flatten([
        for meaning in applying : [
          for pair in local.meanings[meaning.key] : [
            for item in(
              strcontains(pair.resource, "{index}") ? [for index in keys(local.topology.tables[meaning.name].indexes) : index if startswith(index, "by-")] :
              strcontains(pair.resource, "{source}") ? [for queue, consumer in local.queues : queue if consumer.function == trimprefix(who, "function/")] :
              strcontains(pair.resource, "{consumed}") ? keys(local.queues) : [""]
              ) : {
              action = pair.action
              resource = replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(pair.resource,
                "{prefix}", var.prefix),
                "{region}", var.region),
                "{account}", var.account_id),
                "{mail_identity}", var.mail_identity),
                "{function}", trimprefix(who, "function/")),
                "{retry}", "${meaning.name}-${replace(trimprefix(who, "function/"), "_", "-")}"),
                "{source}", item),
                "{name}", meaning.name),
                "{index}", item),
              "{consumed}", item)
            }
          ]
        ]
    ]))
  }

  # As statements: what may be done to a resource, then resources to which the same may be done, together.
  by_resource = {
    for who, pairs in local.permitted : who => { for pair in pairs : pair.resource => pair.action... }
  }
  by_actions = {
    for who, resources in local.by_resource : who => {
      for resource, actions in resources : join(" ", sort(distinct(actions))) => resource...
    }
  }
  statements = {
    for who, groups in local.by_actions : who => [
      for actions, resources in groups : { Effect = "Allow", Action = split(" ", actions), Resource = sort(resources) }
    ]
  }
}
