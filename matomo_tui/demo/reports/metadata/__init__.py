"""What the demo says of its reports: ``API.getReportMetadata``, a list a category."""
