output "function_name" {
  description = "What Lambda calls the function."
  value       = aws_lambda_function.this.function_name
}

output "arn" {
  description = "Its ARN."
  value       = aws_lambda_function.this.arn
}

output "invoke_arn" {
  description = "What a gateway calls."
  value       = aws_lambda_function.this.invoke_arn
}

output "log_group" {
  description = "Its log."
  value       = aws_cloudwatch_log_group.this.name
}
