"""Every page of the pharmacist's stock."""

from litestar import Router

from api.pages.stock import balances, counting, custody, lists, lots, month, register

router = Router(
    "/",
    route_handlers=[
        balances.balances,
        lists.delivery,
        lists.move,
        lists.send,
        lists.sent,
        lists.arrival,
        lists.breakage,
        lists.there,
        counting.count,
        counting.counted,
        counting.differences,
        counting.difference,
        lots.lots,
        lots.lot,
        custody.custody,
        custody.hand_on,
        custody.destruction,
        custody.destroyed,
        register.register,
        month.month,
        month.figures,
    ],
)
