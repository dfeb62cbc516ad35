package main

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apiserver/pkg/quota/v1/generic"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/controller-manager/pkg/informerfactory"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/controller"
	"k8s.io/kubernetes/pkg/controller/certificates/rootcacertpublisher"
	"k8s.io/kubernetes/pkg/controller/cronjob"
	"k8s.io/kubernetes/pkg/controller/deployment"
	"k8s.io/kubernetes/pkg/controller/garbagecollector"
	"k8s.io/kubernetes/pkg/controller/job"
	"k8s.io/kubernetes/pkg/controller/replicaset"
	"k8s.io/kubernetes/pkg/controller/resourcequota"
	"k8s.io/kubernetes/pkg/controller/serviceaccount"
	"k8s.io/kubernetes/pkg/controller/statefulset"
	"k8s.io/kubernetes/pkg/controller/ttlafterfinished"
	quotainstall "k8s.io/kubernetes/pkg/quota/v1/install"
)

const (
	workers = 2
	// How soon kinds that were added are known to the collector and to quotas; a real cluster takes 30 s.
	discoveryPeriod = 5 * time.Second
	resyncPeriod    = 5 * time.Minute
)

// world is what controllers are made of. They are the ones of Kubernetes, started without the command that
// bundles them: that one brings every volume plugin along.
type world struct {
	client    kubernetes.Interface
	metadata  metadata.Interface
	typed     informers.SharedInformerFactory
	everyKind informerfactory.InformerFactory
	started   chan struct{} // closed once the informers run
	authority []byte
}

type run func(context.Context)

// running fits the controllers' constructors, which end in an error or not.
func running[C interface{ Run(context.Context, int) }](controller C, err error) (run, error) {
	return func(ctx context.Context) { controller.Run(ctx, workers) }, err
}

var controllers = map[string]func(context.Context, world) (run, error){
	"namespace":        newEmptying,
	"garbagecollector": newGarbageCollector,
	"resourcequota":    newResourceQuota,
	"serviceaccount": func(ctx context.Context, w world) (run, error) {
		core := w.typed.Core().V1()
		return running(serviceaccount.NewServiceAccountsController(klog.FromContext(ctx),
			core.ServiceAccounts(), core.Namespaces(), w.client, serviceaccount.DefaultServiceAccountsControllerOptions()))
	},
	"root-ca": func(_ context.Context, w world) (run, error) {
		core := w.typed.Core().V1()
		return running(rootcacertpublisher.NewPublisher(core.ConfigMaps(), core.Namespaces(), w.client, w.authority))
	},
	"job": func(ctx context.Context, w world) (run, error) {
		return running(job.NewController(ctx, w.client, w.typed.Core().V1().Pods(), w.typed.Batch().V1().Jobs(), nil, nil))
	},
	"cronjob": func(ctx context.Context, w world) (run, error) {
		batch := w.typed.Batch().V1()
		return running(cronjob.NewControllerV2(ctx, batch.Jobs(), batch.CronJobs(), w.client))
	},
	"ttlafterfinished": func(ctx context.Context, w world) (run, error) {
		return running(ttlafterfinished.New(ctx, w.typed.Batch().V1().Jobs(), w.client), nil)
	},
	"deployment": func(ctx context.Context, w world) (run, error) {
		apps := w.typed.Apps().V1()
		pods := w.typed.Core().V1().Pods()
		return running(deployment.NewDeploymentController(ctx, apps.Deployments(), apps.ReplicaSets(), pods, w.client))
	},
	"replicaset": func(ctx context.Context, w world) (run, error) {
		sets, pods := w.typed.Apps().V1().ReplicaSets(), w.typed.Core().V1().Pods()
		return running(replicaset.NewReplicaSetController(ctx, sets, pods, w.client, replicaset.BurstReplicas), nil)
	},
	"statefulset": func(ctx context.Context, w world) (run, error) {
		apps, core := w.typed.Apps().V1(), w.typed.Core().V1()
		return running(statefulset.NewStatefulSetController(
			ctx, core.Pods(), apps.StatefulSets(), core.PersistentVolumeClaims(), apps.ControllerRevisions(), w.client), nil)
	},
}

func newGarbageCollector(ctx context.Context, w world) (run, error) {
	kinds := restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(w.client.Discovery()))
	collector, err := garbagecollector.NewGarbageCollector(
		ctx, w.client, w.metadata, kinds, garbagecollector.DefaultIgnoredResources(), w.everyKind, w.started)
	return func(ctx context.Context) {
		go collector.Sync(ctx, w.client.Discovery(), discoveryPeriod)
		collector.Run(ctx, workers, discoveryPeriod)
	}, err
}

// Without it a namespace that has a quota admits nothing: nobody would have said what is used of it.
func newResourceQuota(ctx context.Context, w world) (run, error) {
	quotas, err := quotainstall.NewQuotaConfigurationForControllers(
		generic.ListerFuncForResourceFunc(w.typed.ForResource), w.typed)
	if err != nil {
		return nil, err
	}
	kinds := w.client.Discovery().ServerPreferredNamespacedResources
	manager, err := resourcequota.NewController(ctx, &resourcequota.ControllerOptions{
		QuotaClient:               w.client.CoreV1(),
		ResourceQuotaInformer:     w.typed.Core().V1().ResourceQuotas(),
		ResyncPeriod:              controller.StaticResyncPeriodFunc(resyncPeriod),
		Registry:                  generic.NewRegistry(quotas.Evaluators()),
		DiscoveryFunc:             kinds,
		IgnoredResourcesFunc:      quotas.IgnoredResources,
		InformersStarted:          w.started,
		InformerFactory:           w.everyKind,
		ReplenishmentResyncPeriod: func() time.Duration { return resyncPeriod },
		UpdateFilter:              quotainstall.DefaultUpdateFilter(),
	})
	return func(ctx context.Context) {
		go manager.Sync(ctx, kinds, discoveryPeriod)
		manager.Run(ctx, workers)
	}, err
}

func newWorld(config *rest.Config, authority []byte) (world, func(context.Context), error) {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return world{}, nil, err
	}
	meta, err := metadata.NewForConfig(config)
	if err != nil {
		return world{}, nil, err
	}
	typed := informers.NewSharedInformerFactory(client, 0)
	untyped := metadatainformer.NewSharedInformerFactory(meta, 0)
	w := world{
		client:    client,
		metadata:  meta,
		typed:     typed,
		everyKind: informerfactory.NewInformerFactory(typed, untyped),
		started:   make(chan struct{}),
		authority: authority,
	}
	start := func(ctx context.Context) {
		typed.Start(ctx.Done())
		untyped.Start(ctx.Done())
		close(w.started)
	}
	return w, start, nil
}

func startControllers(ctx context.Context, config *rest.Config, authority []byte) error {
	w, start, err := newWorld(config, authority)
	if err != nil {
		return err
	}
	for name, build := range controllers {
		run, err := build(ctx, w)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		go run(ctx)
	}
	start(ctx)
	return nil
}
