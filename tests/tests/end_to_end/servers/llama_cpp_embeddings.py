"""Serves the embeddings of the tiny model of random weights with llama.cpp."""

import argparse
import pathlib
import signal
import tempfile

import xllamacpp
from llama_cpp import CONTEXT, write_model


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--host")
    parser.add_argument("--port", type=int)
    parser.add_argument("--key")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = str(pathlib.Path(folder) / "random.gguf")
        write_model(path)
        params = xllamacpp.CommonParams()
        params.model.path = path
        params.model_alias = {"random"} if isinstance(params.model_alias, set) else ["random"]
        params.hostnames = [options.host]
        params.port = options.port
        params.api_keys = [options.key]
        params.embedding = True
        params.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
        params.n_ctx = CONTEXT
        params.n_parallel = 1
        params.cpuparams.n_threads = 1
        params.warmup = False
        params.offline = True
        server = xllamacpp.Server(params)
        print(server.listening_address, flush=True)
        signal.pause()


if __name__ == "__main__":
    main()
