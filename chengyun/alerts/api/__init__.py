"""HTTP of alerts: alerts, incidents and rules, and what a person does with them."""

from chengyun.alerts.api import alerts, incidents, rules
from chengyun.alerts.api.door import router

__all__ = ["alerts", "incidents", "router", "rules"]
