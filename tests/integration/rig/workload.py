"""The containers whose kernel files and metadata become fixtures."""
COMPOSE = {"com.docker.compose.project": "shop", "com.docker.compose.service": "web",
           "com.docker.compose.container-number": "1", "quoted": 'say "hi"\\n'}
BURN = ["sh", "-c", "while :; do :; done"]
# A child outgrows the limit again and again and is killed; the shell stays, for the child offers itself.
OOM_CHILD = ["sh", "-c", "for i in 1 2 3; do (echo 1000 >/proc/self/oom_score_adj; exec tail /dev/zero); sleep 0.3; done; "
             "sleep 1000000"]
WRITE = ["sh", "-c", "sleep 3; dd if=/dev/zero of=/f bs=64k count=16 oflag=direct; sleep 1000000"]


def docker_containers(engine):
    web = engine.run("shop-web-1", ["sleep", "1000000"], labels=COMPOSE, Memory=64 << 20, MemorySwap=96 << 20,
                     MemoryReservation=32 << 20, PidsLimit=50, RestartPolicy={"Name": "always"})
    return {
        web: engine.pid(web),
        **{c: engine.pid(c) for c in (
            engine.run("burner", BURN, NanoCpus=100000000, CpuShares=512),
            engine.run("oom-child", OOM_CHILD, Memory=16 << 20, MemorySwap=16 << 20),
            engine.run("writer", WRITE),
            engine.run("host-net", ["sleep", "1000000"], NetworkMode="host"),
            engine.run("joined-net", ["sleep", "1000000"], NetworkMode="container:" + web))}}


def docker_metadata(snapshot, engine):
    snapshot.directory(engine.data_root + "/containers", ("config.v2.json", "hostconfig.json"))
    snapshot.directory(engine.exec_root + "/runtime-runc", ("state.json",))
    snapshot.directory(engine.exec_root + "/containerd/daemon/io.containerd.runtime.v2.task", ("init.pid",))


def podman_metadata(snapshot, engine, started):
    for container in started:
        snapshot.task(engine.pid(container))
        snapshot.copy("/run/runc/%s/state.json" % container)
        snapshot.copy("/run/crun/%s/status" % container)
    snapshot.directory(engine.storage_root + "/overlay-containers", ("containers.json", "config.json"))
    snapshot.copy(engine.storage_root + "/overlay-images/images.json")
    snapshot.directory(engine.run_root + "/overlay-containers", ("config.json", "pidfile", "conmon.pid"))


POD_UID = "0c9d2a41-1f3b-4c2e-8f57-9f1a2b3c4d5e"


def containerd_containers(engine, systemd=False):
    sandbox = engine.run_pod_member(POD_UID, None, systemd=systemd)
    app = engine.run_pod_member(POD_UID, "app", sandbox=sandbox, systemd=systemd, memory=64 << 20, cpus=0.5)
    return [sandbox, app, engine.run("plain", ["sleep", "1000000"], labels={"team": "harbour"}, memory=32 << 20)]


def containerd_metadata(snapshot, engine, started):
    for container in started:
        snapshot.task(engine.pid(container))
    snapshot.directory(engine.state + "/io.containerd.runtime.v2.task", ("config.json", "init.pid"))
