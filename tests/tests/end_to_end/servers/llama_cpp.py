"""Serves a tiny model of random weights with llama.cpp: the server is the real one, its words are not."""

import argparse
import pathlib
import signal
import tempfile

import gguf
import numpy
import xllamacpp

WIDTH, HEADS, INNER, CONTEXT = 32, 2, 64, 512

# Every byte is a token, so that any text can be read.
TOKENS = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)] + ["\u2581"]
KINDS = [gguf.TokenType.UNKNOWN] + [gguf.TokenType.CONTROL] * 2
KINDS += [gguf.TokenType.BYTE] * 256 + [gguf.TokenType.NORMAL]


def write_model(path):
    """Writes a model of one layer."""
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(TOKENS))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(TOKENS)
    writer.add_token_scores([0.0] * len(TOKENS))
    writer.add_token_types(KINDS)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_chat_template("{% for message in messages %}{{ message.content }}{% endfor %}")
    add_weights(writer)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def add_weights(writer):
    """Adds weights that are the same each time."""
    random = numpy.random.default_rng(7)
    shapes = {
        "token_embd": (len(TOKENS), WIDTH),
        "output": (len(TOKENS), WIDTH),
        "blk.0.attn_q": (WIDTH, WIDTH),
        "blk.0.attn_k": (WIDTH, WIDTH),
        "blk.0.attn_v": (WIDTH, WIDTH),
        "blk.0.attn_output": (WIDTH, WIDTH),
        "blk.0.ffn_gate": (INNER, WIDTH),
        "blk.0.ffn_up": (INNER, WIDTH),
        "blk.0.ffn_down": (WIDTH, INNER),
    }
    for name, shape in shapes.items():
        writer.add_tensor(f"{name}.weight", random.normal(0, 0.05, shape).astype(numpy.float32))
    for name in ("output_norm", "blk.0.attn_norm", "blk.0.ffn_norm"):
        writer.add_tensor(f"{name}.weight", numpy.ones(WIDTH, dtype=numpy.float32))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--host")
    parser.add_argument("--port", type=int)
    parser.add_argument("--key")
    parser.add_argument("--embeddings", action="store_true", help="serve embeddings and no chat")
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
        if options.embeddings:
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
