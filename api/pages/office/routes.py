"""The pages of the office, in one router."""

from litestar import Router

from api.pages.office import going_live, people, rules, things, waiting

router = Router("/", route_handlers=[each.router for each in (going_live, people, rules, things, waiting)])
