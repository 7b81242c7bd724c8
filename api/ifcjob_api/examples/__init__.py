"""Examples of requests and answers in the OpenAPI document."""
