"""What is deployed to AWS, made from this code: functions' zips, layers, and the web site's files."""
