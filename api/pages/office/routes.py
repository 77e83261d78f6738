"""The pages of the office, in one router."""

from litestar import Router

from api.pages.office import going_live, people, rules, things

router = Router("/", route_handlers=[going_live.router, people.router, rules.router, things.router])
