"""Writes the models that PyTorch exports, with random weights, as ONNX files into a folder: export.py FOLDER [NAME ...]"""
import os
import sys
import warnings

import torch
import torchvision
from torch import nn

warnings.filterwarnings("ignore")


def vision(name):
    model = getattr(torchvision.models, name)(weights=None)
    for key, numbers in model.named_buffers():
        if "running_mean" in key:
            numbers.normal_(0, 0.1)
        if "running_var" in key:
            numbers.uniform_(0.5, 1.5)
    axes = {0: "n"}
    if name == "vit_b_16":
        nn.init.normal_(model.heads.head.weight, std=0.02)  # torchvision starts with zeros
    else:
        axes = {0: "n", 2: "h", 3: "w"}
    return model, torch.randn(1, 3, 224, 224), {"x": axes, "y": {0: "n"}}


def encoder():
    layer = nn.TransformerEncoderLayer(64, 4, 128, dropout=0, batch_first=True)
    model = nn.TransformerEncoder(layer, 2)
    # In evaluation it would take a fused path that has no ONNX form.
    model.training_export = True
    return model, torch.randn(2, 10, 64), {"x": {0: "n", 1: "s"}, "y": {0: "n", 1: "s"}}


class Lstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(16, 24, 2, batch_first=True, bidirectional=True)
        self.out = nn.Linear(48, 5)

    def forward(self, x):
        y, (h, c) = self.lstm(x)
        return self.out(y), h, c


def lstm():
    axes = {0: "n", 1: "s"}
    return Lstm(), torch.randn(2, 7, 16), {"x": axes, "y": axes}


class BertLayer(nn.Module):
    """A layer of BERT-base: 768 wide, 12 heads, 3072 inside."""

    def __init__(self, width=768, heads=12, inside=3072):
        super().__init__()
        self.query, self.key, self.value, self.output = (nn.Linear(width, width) for _ in range(4))
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.up, self.down = nn.Linear(width, inside), nn.Linear(inside, width)
        self.heads = heads

    def forward(self, x):
        batch, tokens, width = x.shape
        split = lambda y: y.view(batch, tokens, self.heads, width // self.heads).transpose(1, 2)
        query, key, value = split(self.query(x)), split(self.key(x)), split(self.value(x))
        weights = torch.softmax(query @ key.transpose(-1, -2) / (width // self.heads) ** 0.5, -1)
        y = self.norm1(x + self.output((weights @ value).transpose(1, 2).reshape(batch, tokens, width)))
        return self.norm2(y + self.down(nn.functional.gelu(self.up(y))))


def bert():
    axes = {0: "n", 1: "s"}
    return BertLayer(), torch.randn(1, 128, 768), {"x": axes, "y": axes}


models = {
    "resnet18": lambda: vision("resnet18"),
    "mobilenet_v3_small": lambda: vision("mobilenet_v3_small"),
    "vit_b_16": lambda: vision("vit_b_16"),
    "encoder": encoder,
    "lstm": lstm,
    "bert": bert,
}

folder = sys.argv[1]
for name in sys.argv[2:] or models:
    torch.manual_seed(0)
    model, example, axes = models[name]()
    mode = torch.onnx.TrainingMode.EVAL
    if getattr(model, "training_export", False):
        model.train()
        mode = torch.onnx.TrainingMode.PRESERVE
    else:
        model.eval()
    outputs = ["y", "h", "c"] if name == "lstm" else ["y"]
    path = os.path.join(folder, name + ".onnx")
    torch.onnx.export(
        model, example, path + ".part", opset_version=14, training=mode,
        input_names=["x"], output_names=outputs, dynamic_axes=axes,
    )
    os.replace(path + ".part", path)
