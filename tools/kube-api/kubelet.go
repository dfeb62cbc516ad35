package main

import (
	"context"
	"strconv"
	"time"

	"k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"
)

// Annotations of a pod say what becomes of it. Without them a pod that is to run for ever is running and
// ready at once, and every other has run and ended well at once.
const (
	endsAfter = "kube-api.testmesh.dev/ends-after" // a duration, such as 1.5s
	exitCode  = "kube-api.testmesh.dev/exit-code"
	stays     = "kube-api.testmesh.dev/stays" // Pending, or Unready
)

// kubelet says of pods that they run. It starts nothing and pulls nothing.
type kubelet struct {
	ctx  context.Context
	pods func(namespace string) podStatus
}

type podStatus interface {
	UpdateStatus(context.Context, *v1.Pod, metav1.UpdateOptions) (*v1.Pod, error)
}

func startKubelet(ctx context.Context, config *rest.Config) error {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	k := kubelet{ctx, func(namespace string) podStatus { return client.CoreV1().Pods(namespace) }}
	factory := informers.NewSharedInformerFactory(client, 0)
	_, err = factory.Core().V1().Pods().Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(pod any) { k.look(pod.(*v1.Pod)) },
		UpdateFunc: func(_, pod any) { k.look(pod.(*v1.Pod)) },
	})
	factory.Start(ctx.Done())
	return err
}

func (k kubelet) look(pod *v1.Pod) {
	if pod.DeletionTimestamp != nil || pod.Annotations[stays] == string(v1.PodPending) {
		return
	}
	switch {
	case pod.Status.Phase == v1.PodPending:
		go k.begin(pod.DeepCopy())
	case pod.Status.Phase == v1.PodRunning && pod.Spec.RestartPolicy != v1.RestartPolicyAlways:
		go k.finish(pod.DeepCopy())
	}
}

func (k kubelet) begin(pod *v1.Pod) {
	now := metav1.Now()
	isReady := pod.Annotations[stays] != "Unready"
	pod.Status.Phase = v1.PodRunning
	pod.Status.StartTime = &now
	k.report(pod, isReady, v1.ContainerState{Running: &v1.ContainerStateRunning{StartedAt: now}})
}

func (k kubelet) finish(pod *v1.Pod) {
	wait, _ := time.ParseDuration(pod.Annotations[endsAfter])
	code, _ := strconv.Atoi(pod.Annotations[exitCode])
	select {
	case <-k.ctx.Done():
		return
	case <-time.After(wait):
	}
	pod.Status.Phase = v1.PodSucceeded
	if code != 0 {
		pod.Status.Phase = v1.PodFailed
	}
	k.report(pod, false, v1.ContainerState{Terminated: &v1.ContainerStateTerminated{
		ExitCode:   int32(code),
		Reason:     "Pretended",
		StartedAt:  *pod.Status.StartTime,
		FinishedAt: metav1.Now(),
	}})
}

func (k kubelet) report(pod *v1.Pod, isReady bool, state v1.ContainerState) {
	pod.Status.Conditions = nil
	for kind, holds := range map[v1.PodConditionType]bool{
		v1.PodScheduled: true, v1.PodInitialized: true, v1.ContainersReady: isReady, v1.PodReady: isReady,
	} {
		status := v1.ConditionFalse
		if holds {
			status = v1.ConditionTrue
		}
		pod.Status.Conditions = append(pod.Status.Conditions,
			v1.PodCondition{Type: kind, Status: status, LastTransitionTime: metav1.Now()})
	}
	pod.Status.ContainerStatuses = nil
	for _, container := range pod.Spec.Containers {
		pod.Status.ContainerStatuses = append(pod.Status.ContainerStatuses, v1.ContainerStatus{
			Name: container.Name, Image: container.Image, ImageID: "pretended", Ready: isReady, State: state,
		})
	}
	_, err := k.pods(pod.Namespace).UpdateStatus(k.ctx, pod, metav1.UpdateOptions{})
	// Somebody else changed or deleted it: what it is now comes as an event of its own.
	if err != nil && !apierrors.IsConflict(err) && !apierrors.IsNotFound(err) && k.ctx.Err() == nil {
		klog.ErrorS(err, "a pod's status was refused", "pod", klog.KObj(pod))
	}
}
