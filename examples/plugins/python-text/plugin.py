"""A TestMesh plugin in Python, with nothing but the standard library.

    python3 plugin.py 7000        serves http://127.0.0.1:7000
    plugins: [http://127.0.0.1:7000]    in testmesh.yaml
"""

import json
import sys
import threading
from difflib import SequenceMatcher
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

INFO = {
    "id": "python-text",
    "version": "1.0.0",
    "api": 1,
    "cancel": True,
    "actions": [
        {
            "id": "text_similarity",
            "description": "Tell how alike two texts are, from 0 to 1.",
            "effect": "repeatable",
            "schema": {
                "type": "object",
                "properties": {
                    "a": {"type": "string", "description": "one text"},
                    "b": {"type": "string", "description": "the other"},
                },
                "required": ["a", "b"],
            },
            "result": {"ratio": "1 when they are equal"},
        },
        {
            "id": "text_review",
            "description": "Wait for somebody who reviews a text and never comes.",
            "schema": {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]},
        },
    ],
}

CANCELLED = {}  # call id -> Event


def text_similarity(config, _cancelled):
    return {"ratio": SequenceMatcher(None, config["a"], config["b"]).ratio()}


def text_review(_config, cancelled):
    if cancelled.wait(timeout=600):
        raise Failure("CANCELLED", "the review was called off")
    raise Failure("NO_REVIEWER", "nobody came to review the text")


class Failure(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


ACTIONS = {"text_similarity": text_similarity, "text_review": text_review}


def execute(call):
    cancelled = CANCELLED.setdefault(call["call_id"], threading.Event())
    try:
        output = ACTIONS[call["action"]](call["config"], cancelled)
        logs = [{"level": "info", "message": f"{call['action']} for step {call['context']['step_id']}"}]
        return {"success": True, "output": output, "logs": logs}
    except Failure as failure:
        print(f"{call['action']}: {failure}", flush=True)
        return {"success": False, "error": {"code": failure.code, "message": str(failure)}}
    finally:
        CANCELLED.pop(call["call_id"], None)


def cancel(call):
    if event := CANCELLED.get(call["call_id"]):
        event.set()
    return {}


class Plugin(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer({"/health": {"status": "healthy"}, "/info": INFO}.get(self.path))

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        handler = {"/execute": execute, "/cancel": cancel}.get(self.path)
        self.answer(handler and handler(body))

    def answer(self, body):
        text = json.dumps(body if body is not None else {"error": "no such path"}).encode()
        try:
            self.send_response(200 if body is not None else 404)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # whoever asked has gone: the step was cancelled

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 0), Plugin)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
