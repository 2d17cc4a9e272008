"""What the service is measured against, each as small as such a service is usually written."""
