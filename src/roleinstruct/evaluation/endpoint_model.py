"""Answers of a model behind an endpoint: plain text, through the engine and its journal."""

from collections.abc import Mapping
from dataclasses import dataclass

from roleinstruct.errors import EndpointError
from roleinstruct.evaluation.responses import Query, Response, spoken
from roleinstruct.evaluation.sampling import Sampling
from roleinstruct.llm.asking import Asker
from roleinstruct.llm.engine import Failed
from roleinstruct.llm.request import Reply, Request
from roleinstruct.llm.trouble import Trouble

__all__ = ["EndpointModel", "request_of"]


@dataclass(frozen=True, slots=True)
class EndpointModel:
    """Answers as the model of an endpoint does.

    Attributes:
        asker: Its engine, and how its server wants to be asked.
        sampling: How.
    """

    asker: Asker
    sampling: Sampling

    async def answer(self, query: Query) -> Response | None:
        """What the model says; None where no reply came, so that it is to be asked again another time.

        Raises:
            EndpointError: No call can succeed.
            BudgetError: The call could pass the limit.
            JournalError: The reply could not be kept.
        """
        request = request_of(query, self.asker.engine.endpoint.model, self.sampling, self.asker.parameters)
        reply = await self._told(request)
        if isinstance(reply, Failed):
            return Response("", refusal=reply.message) if reply.reason == "refused_by_server" else None
        if reply.refusal or reply.finish_reason == "content_filter":
            return Response("", refusal=reply.refusal or "the server's filter stopped the reply")
        return Response(spoken(reply.text), reply.finish_reason == "length")

    async def _told(self, request: Request) -> Reply | Failed:
        """Ask in the server's dialect, which is found out on the way."""
        forms, endpoint = self.asker.forms, self.asker.engine.endpoint
        while True:
            told = forms.dialect(endpoint, request.parameters)
            try:
                return await self.asker.engine.ask(request, "respond", told)
            except Trouble as trouble:
                forms.learn(endpoint, "", trouble)
                if forms.dialect(endpoint, request.parameters) == told:
                    raise EndpointError(f"{endpoint.base_url} refuses a plain request: {trouble}.") from trouble


def request_of(query: Query, model: str, sampling: Sampling, parameters: Mapping[str, object]) -> Request:
    """The request of a question.

    Args:
        query: What is asked.
        model: The model's name.
        sampling: How it is to answer.
        parameters: Of the server, before those of `sampling`; None leaves one out.

    Returns:
        The seed is no parameter of it: few servers keep to one. It says which of several replies is meant, so that each
        is asked for once and then in the journal.
    """
    told = {
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "max_tokens": sampling.max_tokens,
        **parameters,
    }
    kept = {name: value for name, value in told.items() if value is not None}
    return Request(model, query.messages, kept, sample=sampling.seed)
