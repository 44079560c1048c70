"""The reports wing: sections, report tables, charts, segments, periods, exports."""
