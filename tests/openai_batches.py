"""Files and batches of the server of `openai_server.py`: lines go through the same answer as single requests do."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from openai_replies import Reply, bad_request, encode

__all__ = ["BatchPlan", "Batches"]

_NOW = 1_700_000_000
_ENDED = ("completed", "failed", "expired", "cancelled")
_BROKEN_OFF = {
    "expired": ("batch_expired", "This request could not be executed before the completion window expired."),
    "cancelled": ("batch_cancelled", "This request was not executed because the batch was cancelled."),
}


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """How a batch goes.

    Attributes:
        polls: How many GETs still find it at work.
        end: Its status after them.
        answered: How many of its first lines are answered where it expires or is cancelled.
    """

    polls: int = 1
    end: Literal["completed", "expired", "failed"] = "completed"
    answered: int = 0


@dataclass(slots=True)
class _Job:
    plan: BatchPlan
    lines: list[dict[str, Any]]
    shown: dict[str, Any]
    polls: int = 0


@dataclass(slots=True)
class Batches:
    """The files and batches of one server.

    Attributes:
        plans: The n-th batch goes by the n-th plan, all later ones by the last.
        ask: Answers one line, or None where the line meets a fault; takes path, headers and body.
    """

    plans: Sequence[BatchPlan]
    ask: Callable[[str, Mapping[str, str], dict[str, Any]], Reply | None]
    _files: dict[str, bytes] = field(default_factory=dict)
    _jobs: dict[str, _Job] = field(default_factory=dict)
    _lost: set[str] = field(default_factory=set)

    def upload(self, content_type: str, raw: bytes) -> Reply:
        """Keep the file of a multipart form."""
        form = _read_form(content_type, raw)
        if "file" not in form or form.get("purpose") != b"batch":
            return bad_request("A form with 'file' and the purpose 'batch' is required.")
        return Reply(body=self._keep(form["file"], "batch"))

    def content(self, file_id: str) -> Reply:
        """The bytes of a file."""
        if file_id not in self._files:
            return _missing("File", file_id)
        return Reply(headers={"content-type": "application/octet-stream"}, body=self._files[file_id])

    def create(self, body: dict[str, Any]) -> Reply:
        """Take a batch on; what is wrong with its file shows at the first poll."""
        file_id = body.get("input_file_id", "")
        if file_id not in self._files:
            return _missing("File", file_id)
        lines, errors = _read_lines(self._files[file_id], body["endpoint"])
        number = len(self._jobs)
        name = f"batch_{number}"
        shown: dict[str, Any] = {"id": name, "object": "batch", "status": "validating", "created_at": _NOW}
        shown |= {key: body.get(key) for key in ("input_file_id", "endpoint", "completion_window", "metadata")}
        shown["expires_at"] = _NOW + 86_400
        shown["request_counts"] = {"total": len(lines), "completed": 0, "failed": 0}
        plan = self.plans[min(number, len(self.plans) - 1)]
        if errors:
            plan = BatchPlan(polls=0, end="failed")
        elif plan.end == "failed":
            errors = [{"code": "token_limit_exceeded", "message": "Enqueued token limit reached.", "line": None}]
        job = self._jobs[name] = _Job(plan, lines, shown)
        if errors:
            job.shown["errors"] = {"object": "list", "data": errors}
        return Reply(body=_published(job))

    def listing(self, after: str | None) -> Reply:
        """The batches behind one of them, the newest first, two at a time."""
        names = list(reversed(self._jobs))
        begin = names.index(after) + 1 if after in self._jobs else 0
        shown = [_published(self._jobs[name]) for name in names[begin : begin + 2]]
        return Reply(body={"object": "list", "data": shown, "has_more": begin + 2 < len(names)})

    def lose(self, batch_id: str) -> None:
        """Know nothing of a batch any more."""
        self._lost.add(batch_id)

    def poll(self, batch_id: str) -> Reply:
        """Show a batch; being looked at is what moves it on."""
        if batch_id not in self._jobs or batch_id in self._lost:
            return _missing("Batch", batch_id)
        job = self._jobs[batch_id]
        if job.shown["status"] == "cancelling":
            self._end(job, "cancelled")
        elif job.shown["status"] not in _ENDED:
            job.polls += 1
            if job.polls > job.plan.polls:
                self._end(job, job.plan.end)
            elif job.plan.end != "failed":
                job.shown["status"] = "in_progress"
        return Reply(body=_published(job))

    def cancel(self, batch_id: str) -> Reply:
        """Begin to cancel a batch that has not ended; the next poll finds it cancelled."""
        if batch_id not in self._jobs:
            return _missing("Batch", batch_id)
        job = self._jobs[batch_id]
        if job.shown["status"] in _ENDED:
            return bad_request(f"Cannot cancel a batch with status '{job.shown['status']}'.")
        job.shown["status"] = "cancelling"
        return Reply(body=_published(job))

    def _end(self, job: _Job, status: str) -> None:
        job.shown |= {"status": status, f"{status}_at": _NOW}
        if status == "failed":
            return
        stop = len(job.lines) if status == "completed" else job.plan.answered
        results = [self._answer(job, line) for line in job.lines[:stop]]
        results += [_result(line, None, _BROKEN_OFF[status]) for line in job.lines[stop:]]
        good = [result for result in results if _succeeded(result)]
        bad = [result for result in results if not _succeeded(result)]
        job.shown["request_counts"] |= {"completed": len(good), "failed": len(bad)}
        for kind, rows in (("output_file_id", good), ("error_file_id", bad)):
            if rows:
                # The order of the results is not promised: nobody shall rely on it.
                text = "".join(json.dumps(row) + "\n" for row in reversed(rows))
                job.shown[kind] = self._keep(text.encode(), "batch_output")["id"]

    def _answer(self, job: _Job, line: dict[str, Any]) -> dict[str, Any]:
        headers = {"x-batch-id": job.shown["id"], "x-custom-id": line["custom_id"]}
        reply = self.ask(line["url"], headers, line["body"])
        if reply is None:
            return _result(line, None, ("request_timeout", "The request timed out."))
        body = json.loads(encode(reply.body))
        return _result(line, {"status_code": reply.status, "request_id": line["custom_id"], "body": body}, None)

    def _keep(self, content: bytes, purpose: str) -> dict[str, Any]:
        name = f"file-{len(self._files)}"
        self._files[name] = content
        shown = {"id": name, "object": "file", "bytes": len(content), "created_at": _NOW}
        return shown | {"filename": f"{name}.jsonl", "purpose": purpose, "status": "processed"}


def _result(line: dict[str, Any], response: dict[str, Any] | None, error: tuple[str, str] | None) -> dict[str, Any]:
    told = None if error is None else {"code": error[0], "message": error[1]}
    return {"id": f"batch_req_{line['custom_id']}", "custom_id": line["custom_id"], "response": response, "error": told}


def _succeeded(result: dict[str, Any]) -> bool:
    return result["response"] is not None and result["response"]["status_code"] == 200


def _published(job: _Job) -> dict[str, Any]:
    return {**job.shown, "request_counts": dict(job.shown["request_counts"])}


def _missing(what: str, name: str) -> Reply:
    error = {"message": f"No such {what} object: {name}", "type": "invalid_request_error", "param": "id", "code": None}
    return Reply(404, body={"error": error})


def _read_lines(raw: bytes, endpoint: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    lines: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []
    names: set[str] = set()
    for number, text in enumerate(raw.splitlines(), start=1):
        try:
            line = json.loads(text)
        except ValueError:
            errors.append({"code": "invalid_json_line", "message": "This line is not valid JSON.", "line": number})
            continue
        if line["custom_id"] in names:
            message = f"The custom_id {line['custom_id']} has been used before."
            errors.append({"code": "duplicate_custom_id", "message": message, "line": number})
        if line["url"] != endpoint:
            message = f"The url {line['url']} is not the batch's endpoint {endpoint}."
            errors.append({"code": "invalid_url", "message": message, "line": number})
        names.add(line["custom_id"])
        lines.append(line)
    if not lines and not errors:
        errors.append({"code": "empty_file", "message": "The input file is empty.", "line": None})
    return lines, errors


def _read_form(content_type: str, raw: bytes) -> dict[str, bytes]:
    boundary = re.search(r'boundary="?([^";]+)', content_type)
    if boundary is None:
        return {}
    form: dict[str, bytes] = {}
    for part in raw.split(b"--" + boundary[1].encode()):
        head, _, content = part.partition(b"\r\n\r\n")
        if name := re.search(rb'\bname="([^"]*)"', head):
            form[name[1].decode()] = content.removesuffix(b"\r\n")
    return form
