package main

import (
	"context"
	"errors"
	"time"

	"k8s.io/api/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/controller/namespace/deletion"
)

// The controller of Kubernetes lets five seconds pass before it empties a namespace and eight after it met a
// finalizer, for the sake of other API servers and of etcd's followers. Here there is one of each: the deleter is
// Kubernetes' own, the pauses are not.
const (
	leastPause = 100 * time.Millisecond
	mostPause  = 2 * time.Second
)

type emptying struct {
	queue   workqueue.TypedRateLimitingInterface[string]
	deleter deletion.NamespacedResourcesDeleterInterface
}

func newEmptying(ctx context.Context, w world) (run, error) {
	core := w.client.CoreV1()
	kinds := w.client.Discovery().ServerPreferredNamespacedResources
	e := emptying{
		queue: workqueue.NewTypedRateLimitingQueue(
			workqueue.NewTypedItemExponentialFailureRateLimiter[string](leastPause, mostPause)),
		deleter: deletion.NewNamespacedResourcesDeleter(
			ctx, core.Namespaces(), w.metadata, core, kinds, v1.FinalizerKubernetes),
	}
	_, err := w.typed.Core().V1().Namespaces().Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(space any) { e.look(space.(*v1.Namespace)) },
		UpdateFunc: func(_, space any) { e.look(space.(*v1.Namespace)) },
	})
	return e.run, err
}

func (e emptying) look(space *v1.Namespace) {
	if space.DeletionTimestamp != nil {
		e.queue.AddAfter(space.Name, leastPause)
	}
}

func (e emptying) run(ctx context.Context) {
	for range workers {
		go e.work(ctx)
	}
	<-ctx.Done()
	e.queue.ShutDown()
}

func (e emptying) work(ctx context.Context) {
	for {
		name, isOver := e.queue.Get()
		if isOver {
			return
		}
		e.empty(ctx, name)
		e.queue.Done(name)
	}
}

func (e emptying) empty(ctx context.Context, name string) {
	err := e.deleter.Delete(ctx, name)
	if err == nil {
		e.queue.Forget(name)
		return
	}
	var remaining *deletion.ResourcesRemainingError
	if !errors.As(err, &remaining) && ctx.Err() == nil {
		klog.ErrorS(err, "a namespace could not be emptied", "namespace", name)
	}
	e.queue.AddRateLimited(name)
}
