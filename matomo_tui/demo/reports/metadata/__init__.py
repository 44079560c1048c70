"""Report metadata: ``API.getReportMetadata``."""
