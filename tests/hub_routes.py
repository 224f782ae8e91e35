"""The routes of the hub and of its object store, as the clients use them."""

import base64
import fnmatch
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, quote

from hub_server import LARGE, Answer, Hub, Refused, refuse
from hub_store import EMPTY, Commit, Entry, Repo, entry_of_bytes, entry_of_object

__all__ = ["ROUTES", "STORE", "Asked"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, and who it is of."""

    hub: Hub
    user: str
    role: str
    found: Mapping[str, str]
    query: Mapping[str, list[str]]
    body: bytes
    headers: Mapping[str, str]

    def json(self) -> Any:  # noqa: ANN401 - JSON
        return json.loads(self.body or b"{}")

    def flag(self, name: str) -> bool:
        return self.query.get(name, [""])[0].lower() in ("1", "true")

    def one(self, name: str, otherwise: str = "") -> str:
        return self.query.get(name, [otherwise])[0]

    def repo(self, *, write: bool = False) -> Repo:
        """The repository, for somebody who may read or write it."""
        kind = {"": "model"}.get(self.found.get("type", ""), self.found.get("type", "").rstrip("s"))
        repo = self.hub.repos.get((kind or "model", self.found["repo"]))
        is_own = repo is not None and repo.owner in self.hub.orgs_of(self.user)
        if repo is None or (repo.private and not is_own):
            raise Refused(refuse(404 if self.user else 401, "Repository not found", "RepoNotFound"))
        if write:
            self.expect_writer(repo.owner)
        return repo

    def expect_writer(self, owner: str) -> None:
        if not self.user:
            raise Refused(refuse(401, "Unauthorized"))
        if owner not in self.hub.orgs_of(self.user):
            raise Refused(refuse(403, f"You don't have the rights to write in the namespace {owner!r}."))
        if self.role != "write":
            raise Refused(refuse(403, "This token has no write rights."))

    def commit(self, repo: Repo) -> Commit:
        commit = repo.commit_of(self.found.get("rev", "main"))
        if commit is None:
            raise Refused(refuse(404, f"Invalid rev id: {self.found.get('rev')}", "RevisionNotFound"))
        return commit


def whoami(asked: Asked) -> Answer:
    if not asked.user:
        return refuse(401, "Unauthorized")
    orgs = [{"name": name} for name in sorted(asked.hub.orgs_of(asked.user) - {asked.user})]
    role = {"role": asked.role, "displayName": "test"}
    return Answer(body={"type": "user", "name": asked.user, "orgs": orgs, "auth": {"accessToken": role}})


def create_repo(asked: Asked) -> Answer:
    wanted = asked.json()
    owner, kind = wanted.get("organization") or asked.user, wanted.get("type") or "model"
    asked.expect_writer(owner)
    name = f"{owner}/{wanted['name']}"
    prefix = "" if kind == "model" else f"{kind}s/"
    url = f"{asked.hub.endpoint}/{prefix}{name}"
    with asked.hub.lock:
        if (kind, name) in asked.hub.repos:
            return Answer(409, {"error": "You already created this repo", "url": url})
        private = wanted.get("visibility") == "private" or bool(wanted.get("private"))
        asked.hub.repos[kind, name] = Repo(kind, name, private)
    return Answer(body={"url": url, "name": name})


def delete_repo(asked: Asked) -> Answer:
    wanted = asked.json()
    owner = wanted.get("organization") or asked.user
    asked.expect_writer(owner)
    found = asked.hub.repos.pop((wanted.get("type") or "model", f"{owner}/{wanted['name']}"), None)
    return Answer(body={}) if found else refuse(404, "Repository not found", "RepoNotFound")


def settings(asked: Asked) -> Answer:
    repo, wanted = asked.repo(write=True), asked.json()
    if "visibility" in wanted or "private" in wanted:
        repo.private = wanted.get("visibility") == "private" or bool(wanted.get("private"))
    return Answer(body={"private": repo.private})


def validate_yaml(asked: Asked) -> Answer:
    wanted = asked.json()
    errors = asked.hub.validate(wanted["content"], wanted.get("repoType") or "model")
    rows = [{"message": message} for message in errors]
    return Answer(400 if errors else 200, {"errors": rows, "warnings": []})


def repo_info(asked: Asked) -> Answer:
    repo = asked.repo()
    commit = asked.commit(repo)
    rows = [{"rfilename": path, **_size(entry)} for path, entry in sorted(commit.files.items())]
    return Answer(
        body={
            "_id": hashlib.sha1(repo.name.encode()).hexdigest()[:24],
            "id": repo.name,
            "sha": commit.oid,
            "private": repo.private,
            "disabled": False,
            "gated": False,
            "siblings": rows,
            "tags": [],
        }
    )


def list_repos(asked: Asked) -> Answer:
    kind = asked.found["type"].rstrip("s")
    author, text = asked.one("author"), asked.one("search")
    own = asked.hub.orgs_of(asked.user)
    rows = [
        {"id": repo.name, "private": repo.private, "_id": "0" * 24, "tags": []}
        for (of, _), repo in sorted(asked.hub.repos.items())
        if of == kind and (not repo.private or repo.owner in own) and author in ("", repo.owner) and text in repo.name
    ]
    return Answer(body=rows)


def preupload(asked: Asked) -> Answer:
    repo = asked.repo(write=True)
    commit = asked.commit(repo)
    hosted = commit.files.get(".gitignore")
    ignored = asked.json().get("gitIgnore", hosted.content.decode() if hosted else "")
    rows = []
    for file in asked.json()["files"]:
        asked.hub.search(file["path"], base64.b64decode(file.get("sample", "")))
        known = commit.files.get(file["path"])
        mode = "lfs" if file["path"].endswith(LARGE) or file["size"] > 1_000_000 else "regular"
        row = {"path": file["path"], "uploadMode": mode, "oid": known.shown if known else None}
        rows.append({**row, "shouldIgnore": _is_ignored(file["path"], ignored)})
    return Answer(body={"files": rows})


def _is_ignored(path: str, patterns: str) -> bool:
    """Whether a .gitignore keeps a file out; of its language stars and whole folders alone."""
    lines = [line for line in patterns.splitlines() if line and not line.startswith("#")]
    return any(fnmatch.fnmatch(path, line) or path.startswith(f"{line.rstrip('/')}/") for line in lines)


def lfs_batch(asked: Asked) -> Answer:
    asked.repo(write=True)
    rows = []
    for wanted in asked.json()["objects"]:
        row: dict[str, Any] = {"oid": wanted["oid"], "size": wanted["size"]}
        if wanted["oid"] not in asked.hub.objects:
            row["actions"] = {"upload": _upload(asked.hub, wanted["oid"], wanted["size"])}
            row["actions"]["verify"] = {"href": f"{asked.hub.endpoint}/lfs-verify"}
        rows.append(row)
    return Answer(body={"transfer": "basic", "objects": rows})


def _upload(hub: Hub, oid: str, size: int) -> dict[str, Any]:
    href = hub.sign(f"{hub.store}/objects/{oid}")
    if size <= hub.part_size:
        return {"href": href}
    count = -(-size // hub.part_size)
    parts = {str(n): hub.sign(f"{hub.store}/objects/{oid}/{n}") for n in range(1, count + 1)}
    return {"href": hub.sign(f"{hub.store}/complete/{oid}"), "header": {"chunk_size": str(hub.part_size), **parts}}


def lfs_verify(asked: Asked) -> Answer:
    wanted = asked.json()
    if not asked.user:
        return refuse(401, "Unauthorized")
    held = asked.hub.objects.get(wanted["oid"])
    return Answer(body={}) if held is not None and len(held) == wanted["size"] else refuse(404, "no such object")


def put_object(asked: Asked) -> Answer:
    if not asked.hub.is_signed(asked.query):
        return refuse(403, "this address is not signed")
    oid, number = asked.found["oid"], asked.found.get("part")
    asked.hub.search(oid, asked.body)
    with asked.hub.lock:
        if number:
            asked.hub.parts.setdefault(oid, {})[int(number)] = asked.body
        elif hashlib.sha256(asked.body).hexdigest() != oid:
            return refuse(400, "the content has another sha256")
        else:
            asked.hub.objects[oid] = asked.body
    return Answer(body=b"", headers={"ETag": f'"{hashlib.md5(asked.body).hexdigest()}"'})


def complete(asked: Asked) -> Answer:
    oid = asked.found["oid"]
    parts = asked.hub.parts.pop(oid, {})
    content = b"".join(parts[row["partNumber"]] for row in asked.json()["parts"])
    if hashlib.sha256(content).hexdigest() != oid:
        return refuse(400, "the parts have another sha256")
    asked.hub.objects[oid] = content
    return Answer(body={})


def get_object(asked: Asked) -> Answer:
    if not asked.hub.is_signed(asked.query):
        return refuse(403, "this address is not signed")
    oid = asked.found["oid"]
    for of_kind in asked.hub.repos.values():
        for commit in of_kind.commits.values():
            for entry in commit.files.values():
                if entry.sha256 == oid:
                    return _ranged(asked, asked.hub.content(entry), {"ETag": f'"{oid}"'})
    return refuse(404, "no such object")


def commit(asked: Asked) -> Answer:
    repo = asked.repo(write=True)
    rows = [json.loads(line) for line in asked.body.splitlines() if line.strip()]
    header = next(row["value"] for row in rows if row["key"] == "header")
    with asked.hub.lock:
        head = asked.commit(repo)
        if header.get("parentCommit") not in (None, head.oid):
            return refuse(412, "A commit has happened since. Please refresh and try again.")
        files = dict(head.files)
        for row in rows:
            if row["key"] != "header":
                _apply(asked, files, row["key"], row["value"])
        readme = files.get("README.md")
        if readme and readme != head.files.get("README.md"):
            errors = asked.hub.validate(readme.content.decode(), repo.kind)
            if errors:
                return refuse(400, f"Invalid metadata in README.md: {errors[0]}")
        revision = asked.found["rev"]
        answer: dict[str, Any] = {"success": True, "hookOutput": ""}
        if asked.flag("create_pr"):
            number = repo.open_pull(header["summary"], revision, asked.user)
            revision = f"refs/pr/{number}"
            answer["pullRequestUrl"] = f"{asked.hub.endpoint}/{_prefix(repo)}{repo.name}/discussions/{number}"
        made = repo.add(revision, header["summary"], files)
    answer |= {"commitOid": made.oid, "commitUrl": f"{asked.hub.endpoint}/{_prefix(repo)}{repo.name}/commit/{made.oid}"}
    return Answer(body=answer)


def _apply(asked: Asked, files: dict[str, Entry], key: str, value: dict[str, Any]) -> None:
    path = value["path"]
    if key == "file":
        content = base64.b64decode(value["content"]) if value.get("encoding") == "base64" else value["content"].encode()
        asked.hub.search(path, content)
        files[path] = entry_of_bytes(content)
    elif key == "lfsFile":
        oid = value["oid"]
        xet = asked.hub.xet.hash_of(oid)
        if oid not in asked.hub.objects and not xet:
            raise Refused(refuse(400, f"LFS pointer pointed to a file that does not exist: {path}"))
        files[path] = entry_of_object(oid, value["size"], "" if oid in asked.hub.objects else xet)
        asked.hub.search(path, asked.hub.content(files[path]))
    elif key in ("deletedFile", "deletedFolder"):
        gone = [p for p in files if p == path or (key == "deletedFolder" and p.startswith(path.rstrip("/") + "/"))]
        if not gone:
            raise Refused(refuse(404, f"A file with the name {path} does not exist", "EntryNotFound"))
        for one in gone:
            del files[one]
    else:
        raise Refused(refuse(400, f"unknown operation {key}"))


def tree(asked: Asked) -> Answer:
    repo = asked.repo()
    at = asked.commit(repo)
    folder = asked.found.get("path", "").strip("/")
    rows = list(_rows(at, folder, asked.flag("recursive")))
    if folder and not rows:
        return refuse(404, f"{folder} does not exist", "EntryNotFound")
    begin = int(asked.one("cursor", "0"))
    headers = {}
    if begin + asked.hub.page < len(rows):
        query = "&".join(f"{k}={quote(v[0])}" for k, v in asked.query.items() if k != "cursor")
        where = f"{repo.kind}s/{repo.name}/tree/{quote(asked.found['rev'], safe='')}/{quote(folder)}".rstrip("/")
        url = f"{asked.hub.endpoint}/api/{where}?{query}&cursor={begin + asked.hub.page}"
        headers["Link"] = f'<{url}>; rel="next"'
    return Answer(body=rows[begin : begin + asked.hub.page], headers=headers)


def _rows(at: Commit, folder: str, recursive: bool) -> Iterator[dict[str, Any]]:
    seen: set[str] = set()
    for path, entry in sorted(at.files.items()):
        if folder and not path.startswith(f"{folder}/"):
            continue
        rest = path[len(folder) :].lstrip("/").split("/")
        for depth in range(1, len(rest)):
            name = "/".join([*([folder] if folder else []), *rest[:depth]])
            if name not in seen and (recursive or depth == 1):
                seen.add(name)
                yield {"type": "directory", "oid": EMPTY, "size": 0, "path": name}
        if recursive or len(rest) == 1:
            yield _row(path, entry)


def _row(path: str, entry: Entry) -> dict[str, Any]:
    return {"type": "file", "oid": entry.oid, "path": path, **_size(entry)}


def _size(entry: Entry) -> dict[str, Any]:
    row: dict[str, Any] = {"size": entry.size}
    if entry.sha256:
        row["lfs"] = {
            "oid": entry.sha256,
            "sha256": entry.sha256,
            "size": entry.size,
            "pointerSize": len(entry.content),
        }
    if entry.xet:
        row["xetHash"] = entry.xet
    return row


def paths_info(asked: Asked) -> Answer:
    at = asked.commit(asked.repo())
    if "json" in asked.headers.get("content-type", ""):
        wanted = asked.json().get("paths", [])
    else:
        wanted = parse_qs(asked.body.decode()).get("paths", [])
    return Answer(body=[_row(path, at.files[path]) for path in wanted if path in at.files])


def resolve(asked: Asked) -> Answer:
    repo = asked.repo()
    at = asked.commit(repo)
    path = asked.found["path"]
    entry = at.files.get(path)
    if entry is None:
        answer = refuse(404, "Entry not found", "EntryNotFound")
        answer.headers["X-Repo-Commit"] = at.oid
        return answer
    headers = {"X-Repo-Commit": at.oid, "ETag": f'"{entry.shown}"'}
    if not entry.sha256:
        return _ranged(asked, entry.content, headers)
    where = asked.hub.sign(f"{asked.hub.store}/objects/{entry.sha256}")
    headers |= {"Location": where, "X-Linked-Etag": f'"{entry.sha256}"', "X-Linked-Size": str(entry.size)}
    if entry.xet:
        auth = f"{asked.hub.endpoint}/api/{repo.kind}s/{repo.name}/xet-read-token/{at.oid}"
        headers |= {"X-Xet-Hash": entry.xet, "Link": f'<{auth}>; rel="xet-auth"'}
    return Answer(302, b"", headers)


def _ranged(asked: Asked, content: bytes, headers: dict[str, str]) -> Answer:
    headers |= {"Accept-Ranges": "bytes", "Content-Type": "application/octet-stream"}
    wanted = asked.headers.get("range", "")
    if not wanted.startswith("bytes="):
        return Answer(body=content, headers=headers)
    first, _, last = wanted.removeprefix("bytes=").partition("-")
    begin = int(first) if first else max(0, len(content) - int(last))
    end = min(int(last), len(content) - 1) if first and last else len(content) - 1
    if begin >= len(content):
        return Answer(416, b"", headers | {"Content-Range": f"bytes */{len(content)}"})
    headers["Content-Range"] = f"bytes {begin}-{end}/{len(content)}"
    return Answer(206, content[begin : end + 1], headers)


def refs(asked: Asked) -> Answer:
    repo = asked.repo()
    body: dict[str, Any] = {
        "branches": [_ref(name, f"refs/heads/{name}", oid) for name, oid in repo.branches.items()],
        "tags": [_ref(name, f"refs/tags/{name}", oid) for name, oid in repo.tags.items()],
        "converts": [],
    }
    if asked.flag("include_prs"):
        body["pullRequests"] = [_ref(f"refs/pr/{n}", f"refs/pr/{n}", oid) for n, oid in repo.pulls.items()]
    return Answer(body=body)


def _ref(name: str, ref: str, oid: str) -> dict[str, str]:
    return {"name": name, "ref": ref, "targetCommit": oid}


def history(asked: Asked) -> Answer:
    repo = asked.repo()
    asked.commit(repo)
    rows = [
        {"id": c.oid, "title": c.title, "message": "", "date": "2026-01-01T00:00:00.000Z", "authors": []}
        for c in repo.history(asked.found["rev"])
    ]
    return Answer(body=rows)


def create_ref(asked: Asked) -> Answer:
    repo, wanted = asked.repo(write=True), asked.json()
    if asked.found["what"] == "branch":
        names, name, at = repo.branches, asked.found["name"], wanted.get("startingPoint") or "main"
    else:
        names, name, at = repo.tags, wanted["tag"], asked.found["name"]
    if name in names:
        return refuse(409, f"{name} exists already")
    target = repo.commit_of(at)
    if target is None:
        return refuse(404, f"Invalid rev id: {at}", "RevisionNotFound")
    names[name] = target.oid
    return Answer(body={})


def delete_ref(asked: Asked) -> Answer:
    repo = asked.repo(write=True)
    names = repo.branches if asked.found["what"] == "branch" else repo.tags
    return Answer(body={}) if names.pop(asked.found["name"], None) else refuse(404, "no such ref", "RevisionNotFound")


def open_discussion(asked: Asked) -> Answer:
    repo, wanted = asked.repo(write=True), asked.json()
    number = repo.open_pull(wanted["title"], "main", asked.user)
    return Answer(body={"num": number, "pullRequest": True})


def discussions(asked: Asked) -> Answer:
    repo = asked.repo()
    rows = [_discussion(asked, repo, number) for number in sorted(repo.pulls)]
    return Answer(body={"discussions": rows, "count": len(rows), "start": 0})


def discussion(asked: Asked) -> Answer:
    repo = asked.repo()
    number = int(asked.found["number"])
    if number not in repo.pulls:
        return refuse(404, "no such discussion")
    row = _discussion(asked, repo, number)
    return Answer(
        body=row | {"events": [], "changes": {"base": "refs/heads/main"}, "filesWithConflicts": [], "diff": ""}
    )


def _discussion(asked: Asked, repo: Repo, number: int) -> dict[str, Any]:
    return {
        "num": number,
        "title": repo.titles[number],
        "status": "draft",
        "author": {"name": repo.openers[number]},
        "createdAt": "2026-01-01T00:00:00.000Z",
        "isPullRequest": True,
        "repo": {"name": repo.name, "type": repo.kind},
    }


def xet_token(asked: Asked) -> Answer:
    if not asked.hub.has_xet:
        return refuse(404, "Not Found")
    asked.repo(write=asked.found["right"] == "write")
    url, token, until = f"{asked.hub.store}/xet", asked.hub.xet.token(), 4_000_000_000
    headers = {"X-Xet-Cas-Url": url, "X-Xet-Access-Token": token, "X-Xet-Token-Expiration": str(until)}
    return Answer(body={"casUrl": url, "accessToken": token, "exp": until}, headers=headers)


def xet_store(asked: Asked) -> Answer:
    held = asked.hub.xet
    if asked.headers.get("authorization", "").removeprefix("Bearer ") not in held.tokens:
        return refuse(401, "no token of the store")
    what, key = asked.found["what"], asked.found.get("key", "")
    if what == "xorbs":
        asked.hub.search(key, asked.body)
        return Answer(body={"was_inserted": held.add_xorb(key, asked.body)})
    if what == "shards":
        held.add_shard(asked.body)
        return Answer(body={"result": 1})
    if what == "reconstructions" and (plan := held.plan(key, asked.headers, f"{asked.hub.store}/xorbs")):
        return Answer(plan.status, plan.body)
    return refuse(404, "Not Found")


def get_xorb(asked: Asked) -> Answer:
    return _ranged(asked, asked.hub.xet.xorbs[asked.found["key"]], {})


def nothing(asked: Asked) -> Answer:
    return refuse(404, "Not Found")


def no_harnesses(asked: Asked) -> Answer:
    return Answer(body={"harnesses": {}, "standardEnvVars": []})


def _prefix(repo: Repo) -> str:
    return "" if repo.kind == "model" else f"{repo.kind}s/"


_T = r"(?P<type>models|datasets|spaces)"
_R = r"(?P<repo>[^/]+/[^/]+)"
_V = r"(?P<rev>[^/]+|refs/pr/\d+|refs/heads/[^/]+)"
_P = r"(?P<path>.+)"
_FILES = r"/(?:(?P<type>datasets|spaces)/)?(?P<repo>[^/]+/[^/]+)"

Route = Callable[[Asked], Answer]

ROUTES: tuple[tuple[str, str, Route], ...] = (
    ("GET", "/api/whoami-v2", whoami),
    ("POST", "/api/repos/create", create_repo),
    ("DELETE", "/api/repos/delete", delete_repo),
    ("POST", "/api/validate-yaml", validate_yaml),
    ("GET", "/api/agent-harnesses", no_harnesses),
    ("PUT", f"/api/{_T}/{_R}/settings", settings),
    ("POST", f"/api/{_T}/{_R}/preupload/{_V}", preupload),
    ("POST", f"/api/{_T}/{_R}/commit/{_V}", commit),
    ("GET", f"/api/{_T}/{_R}/tree/{_V}(?:/{_P})?", tree),
    ("POST", f"/api/{_T}/{_R}/paths-info/{_V}", paths_info),
    ("GET", f"/api/{_T}/{_R}/refs", refs),
    ("GET", f"/api/{_T}/{_R}/commits/{_V}", history),
    ("POST", f"/api/{_T}/{_R}/(?P<what>branch|tag)/(?P<name>.+)", create_ref),
    ("DELETE", f"/api/{_T}/{_R}/(?P<what>branch|tag)/(?P<name>.+)", delete_ref),
    ("GET", f"/api/{_T}/{_R}/discussions", discussions),
    ("POST", f"/api/{_T}/{_R}/discussions", open_discussion),
    ("GET", rf"/api/{_T}/{_R}/discussions/(?P<number>\d+)", discussion),
    ("GET", f"/api/{_T}/{_R}/xet-(?P<right>read|write)-token/{_V}", xet_token),
    ("GET", f"/api/{_T}/{_R}/revision/{_V}", repo_info),
    ("GET", f"/api/{_T}/{_R}", repo_info),
    ("GET", f"/api/{_T}", list_repos),
    ("POST", f"{_FILES}.git/info/lfs/objects/batch", lfs_batch),
    ("POST", "/lfs-verify", lfs_verify),
    ("GET", f"{_FILES}/resolve/{_V}/{_P}", resolve),
)
"""Method, path and function; the first that fits."""

STORE: tuple[tuple[str, str, Route], ...] = (
    ("PUT", r"/objects/(?P<oid>\w+)(?:/(?P<part>\d+))?", put_object),
    ("POST", r"/complete/(?P<oid>\w+)", complete),
    ("GET", r"/objects/(?P<oid>\w+)", get_object),
    ("POST", r"/xet/v1/(?P<what>xorbs)/default/(?P<key>\w+)", xet_store),
    ("POST", r"/xet/v1/(?P<what>shards)", xet_store),
    ("GET", r"/xet/v1/(?P<what>reconstructions)/(?P<key>\w+)", xet_store),
    ("GET", r"/xorbs/(?P<key>\w+)", get_xorb),
    ("GET", r"/xet/.*", nothing),
    ("POST", r"/xet/.*", nothing),
)
"""Likewise, of the object store. Newer routes of Xet are refused, and its client steps down."""
