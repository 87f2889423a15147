"""HTTP, deciding: one POST per verb, each safe to send twice with an Idempotency-Key.

A view finds the row among those its reader may see, and hands on: what is allowed and what is valid the actions know.
"""

from typing import Any

from django.http import HttpRequest

from chengyun.kernel.http import actor_of, command
from chengyun.posture import actions, queries
from chengyun.posture.api.door import router
from chengyun.posture.api.shapes import (
    ApprovalOut,
    AskIn,
    DecideWarningIn,
    DeclarationOut,
    DeclareIn,
    EndResponseIn,
    ExtendIn,
    LowerIn,
    ProposalOut,
    ProposeIn,
    ReasonIn,
    ResponseIn,
    ResponseOut,
    SignIn,
    SpokenIn,
    WarningIn,
    WarningOut,
    approval_out,
    area_of,
    declaration_out,
    proposal_out,
    response_out,
    seen,
    warning_out,
)


@router.post("/proposals", response=ProposalOut)
@command
def propose_posture(request: HttpRequest, body: ProposeIn) -> Any:
    """Propose a mode and level."""
    given = body.dict() | {"area": area_of(request, body.area)}
    return proposal_out(actions.propose(actor=actor_of(request), **given))


@router.post("/proposals/{number}/ask", response=ProposalOut)
@command
def ask_leader(request: HttpRequest, number: int, body: AskIn) -> Any:
    """Ask a leader to decide."""
    number = seen(request, queries.proposals, number)
    return proposal_out(actions.ask(actor=actor_of(request), proposal_id=number, leader_post=body.leader))


@router.post("/proposals/{number}/approval", response=ApprovalOut)
@command
def record_approval(request: HttpRequest, number: int, body: SpokenIn) -> Any:
    """Note that a leader approved by word of mouth."""
    number = seen(request, queries.proposals, number)
    row = actions.record_approval(
        actor=actor_of(request), proposal_id=number, leader_post=body.leader, spoken_at=body.spoken_at
    )
    return approval_out(row)


@router.post("/proposals/{number}/decline", response=ProposalOut)
@command
def decline_proposal(request: HttpRequest, number: int, body: ReasonIn) -> Any:
    """Decide against a proposal."""
    number = seen(request, queries.proposals, number)
    return proposal_out(actions.decline(actor=actor_of(request), proposal_id=number, **body.said()))


@router.post("/declarations", response=DeclarationOut)
@command
def declare_posture(request: HttpRequest, body: DeclareIn) -> Any:
    """Declare a mode and level."""
    given = body.dict() | {"area": area_of(request, body.area) if body.area else None}
    proposal = given.pop("proposal")
    if proposal is not None:
        proposal = seen(request, queries.proposals, proposal)
    return declaration_out(actions.declare(actor=actor_of(request), proposal_id=proposal, **given))


@router.post("/declarations/{number}/downgrade", response=DeclarationOut)
@command
def downgrade_declaration(request: HttpRequest, number: int, body: LowerIn) -> Any:
    """Lower the level."""
    number = seen(request, queries.declarations, number)
    row = actions.downgrade(actor=actor_of(request), declaration_id=number, level=body.level, **body.said())
    return declaration_out(row)


@router.post("/declarations/{number}/end", response=DeclarationOut)
@command
def end_declaration(request: HttpRequest, number: int, body: ReasonIn) -> Any:
    """End a mode."""
    number = seen(request, queries.declarations, number)
    return declaration_out(actions.end(actor=actor_of(request), declaration_id=number, **body.said()))


@router.post("/declarations/{number}/extend", response=DeclarationOut)
@command
def extend_declaration(request: HttpRequest, number: int, body: ExtendIn) -> Any:
    """Move the expected end."""
    number = seen(request, queries.declarations, number)
    return declaration_out(actions.extend(actor=actor_of(request), declaration_id=number, **body.dict()))


@router.post("/approvals/{number}/countersign", response=ApprovalOut)
@command
def countersign_approval(request: HttpRequest, number: int, body: SignIn) -> Any:
    """Confirm, or deny, what was noted of you."""
    number = seen(request, queries.approvals, number)
    return approval_out(actions.countersign(actor=actor_of(request), approval_id=number, agrees=body.agrees))


@router.post("/warnings", response=WarningOut)
@command
def receive_warning(request: HttpRequest, body: WarningIn) -> Any:
    """Type in an official warning signal where no interface delivers it."""
    given = body.dict() | {"area": area_of(request, body.area)}
    return warning_out(actions.receive_warning(actor=actor_of(request), **given))


@router.post("/warnings/{number}/lift", response=WarningOut)
@command
def lift_warning(request: HttpRequest, number: int) -> Any:
    """The issuer has lifted the signal."""
    number = seen(request, queries.warnings, number)
    return warning_out(actions.lift_warning(actor=actor_of(request), warning_id=number))


@router.post("/warnings/{number}/decide", response=WarningOut)
@command
def decide_warning(request: HttpRequest, number: int, body: DecideWarningIn) -> Any:
    """Note what was decided on an official warning."""
    number = seen(request, queries.warnings, number)
    row = actions.decide_warning(
        actor=actor_of(request), warning_id=number, reason=body.reason, declaration_id=body.declaration
    )
    return warning_out(row)


@router.post("/responses", response=ResponseOut)
@command
def record_response(request: HttpRequest, body: ResponseIn) -> Any:
    """Note an emergency response that the government has declared."""
    given = body.dict() | {"area": area_of(request, body.area)}
    return response_out(actions.record_response(actor=actor_of(request), **given))


@router.post("/responses/{number}/end", response=ResponseOut)
@command
def end_response(request: HttpRequest, number: int, body: EndResponseIn) -> Any:
    """Note that the government has ended its response."""
    number = seen(request, queries.responses, number)
    return response_out(actions.end_response(actor=actor_of(request), response_id=number, **body.dict()))
