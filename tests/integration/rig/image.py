"""A busybox image, made here: no registry is asked."""
import hashlib
import io
import json
import os
import tarfile

from .program import Missing, require

ENVIRONMENT = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]


def busybox_path():
    path = require("busybox")
    with open(path, "rb") as program:
        if b"ld-linux" in program.read(4096):
            raise Missing("busybox is not the static one (busybox-static)")
    return os.path.realpath(path)


def _applets(busybox):
    from .program import run
    return run([busybox, "--list"]).split()


def rootfs_tar():
    """The bytes of a tar with a static busybox and a link for each of its applets."""
    busybox = busybox_path()
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name in ("bin", "dev", "etc", "proc", "sys", "tmp"):
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(entry)
        with open(busybox, "rb") as program:
            data = program.read()
        entry = tarfile.TarInfo("bin/busybox")
        entry.size, entry.mode = len(data), 0o755
        tar.addfile(entry, io.BytesIO(data))
        for applet in _applets(busybox):
            if applet == "busybox":
                continue
            entry = tarfile.TarInfo("bin/" + applet)
            entry.type, entry.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(entry)
    return out.getvalue()


def unpack_rootfs(directory):
    """The same as a directory, for runtimes that take one."""
    os.makedirs(directory, exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(rootfs_tar())) as tar:
        tar.extractall(directory)
    return directory


def docker_archive(reference):
    """The bytes of an archive as `docker save` writes it; ctr and podman load it under `reference`."""
    layer = rootfs_tar()
    layer_digest = hashlib.sha256(layer).hexdigest()
    config = json.dumps({
        "architecture": "amd64",
        "os": "linux",
        "config": {"Env": ENVIRONMENT, "Cmd": ["sh"]},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + layer_digest]},
        "history": [{"created_by": "plimsoll tests"}],
    }).encode()
    config_name = hashlib.sha256(config).hexdigest() + ".json"
    manifest = json.dumps([{"Config": config_name, "RepoTags": [reference],
                            "Layers": [layer_digest + "/layer.tar"]}]).encode()
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, data in ((config_name, config), (layer_digest + "/layer.tar", layer), ("manifest.json", manifest)):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), 0o644
            tar.addfile(entry, io.BytesIO(data))
    return out.getvalue()
