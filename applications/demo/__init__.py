"""The demo: towns in every state, made through the workflow as people would make them."""
