output "function_name" {
  description = "What Lambda calls the function."
  value       = aws_lambda_function.this.function_name
}
